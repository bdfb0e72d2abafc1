"""Pure decisions about feeds: what an entry becomes, in which order, and when a feed is asked again."""

from __future__ import annotations

import re
from collections.abc import Iterable
from hashlib import blake2b

from palabre.clock import DAY, HOUR
from palabre.sources.model import Entry

EVERY = HOUR
"""How often a feed is asked."""
AT_ONCE = 5
"""Posts that one fetch makes at most; the others follow with the next."""
KEPT = 4_000
"""Keys of entries of a feed that are remembered, beside those that stand in it now: most have two."""
_MOST_FAILURES = 30
_SHORTEST_TITLE = 40
_LINK_LENGTH = 23 + 2
_ADDRESS = re.compile(r"https?://[^\s/@:?#]{1,253}(?::[0-9]{1,5})?(?:[/?][^\s]{0,1800})?")
_MENTION = re.compile(r"@(?=\w)")


def key_of(guid: str) -> bytes:
    """Return what an entry is remembered by."""
    return blake2b(guid.encode("utf-8", "replace"), digest_size=16, person=b"feed entry").digest()


def keys_of(entry: Entry) -> list[bytes]:
    """Return what an entry is remembered by: what names it in its feed, and what its post would say.

    Some feeds name their entries anew each time they are written; the same title with the same link stays what it is.
    Where there is no link, a title that comes again may be meant: ``Open today``.
    """
    if not entry.link:
        return [key_of(entry.guid)]
    return [key_of(entry.guid), key_of(f"{entry.link}\n{entry.title or entry.summary}")]


def is_address(url: str) -> bool:
    """Tell whether ``url`` may be where a feed is: an address of the web without a name and a password."""
    return _ADDRESS.fullmatch(url) is not None


def in_order(entries: Iterable[Entry]) -> list[Entry]:
    """Return entries oldest first: by their dates if all have one, else as feeds are written, newest first."""
    listed = list(entries)[::-1]
    if all(entry.published is not None for entry in listed):
        listed.sort(key=lambda entry: entry.published or 0)
    return listed


def text_of(entry: Entry, limit: int) -> str:
    """Write the post: the title, or else the beginning of the text, and the link.

    An ``@`` gets an invisible character after it: what a stranger wrote must not tell people here of anything.
    """
    words = _MENTION.sub("@\u2060", entry.title or entry.summary)
    room = max(limit - _LINK_LENGTH, _SHORTEST_TITLE) // 2  # wide characters count twice
    if len(words) > room:
        words = words[: room - 1].rstrip() + "…"
    return "\n\n".join(part for part in (words, entry.link) if part)


def wait_after(failures: int) -> int | None:
    """Return how long to wait (milliseconds) after so many failures; ``None``: give the feed up, after a month."""
    return None if failures >= _MOST_FAILURES else min(DAY, EVERY * 2 ** min(failures, 10))
