"""Where a form may send its reader afterwards: to a page of ours."""

from __future__ import annotations

import re
from urllib.parse import unquote

_LONGEST = 16_384
"""Characters: what other apps share comes in an address, which is kept while the member signs in."""
# Backslashes and control characters: browsers read "/\host" and "/<tab>/host" as "//host".
_URL = re.compile(r"/(?![/\\])[^\\\x00-\x20\x7f]*", re.ASCII)
_DECODED_PATH = re.compile(r"/(?![/\\])[^\\\x00-\x1f\x7f]*")


def safe_next(url: str | None, otherwise: str = "/") -> str:
    """Return ``url`` if it is a path on this origin that may stand in a header, else ``otherwise``."""
    if not url or len(url) > _LONGEST or not url.isascii() or not _URL.fullmatch(url):
        return otherwise
    # Something in front may decode the path once more: what would then lead away is not let in.
    path = unquote(re.split("[?#]", url, maxsplit=1)[0])
    return url if _DECODED_PATH.fullmatch(path) else otherwise
