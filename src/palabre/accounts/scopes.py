"""What an app may be allowed to do: Mastodon's scopes, which its clients ask for by name."""

from __future__ import annotations

from collections.abc import Iterable

from palabre.accounts.errors import InvalidScope

DEFAULT = "read"
"""What an app that names no scope gets, as on Mastodon."""

_READ = (
    "accounts", "blocks", "bookmarks", "collections", "favourites", "filters", "follows", "lists", "mutes",
    "notifications", "search", "statuses",
)  # fmt: skip
_WRITE = (
    "accounts", "blocks", "bookmarks", "collections", "conversations", "favourites", "filters", "follows", "lists",
    "media", "mutes", "notifications", "reports", "statuses",
)  # fmt: skip
_ADMIN = (
    "accounts", "canonical_email_blocks", "domain_allows", "domain_blocks", "email_domain_blocks", "ip_blocks",
    "reports",
)  # fmt: skip

KNOWN = frozenset(
    {"read", "write", "follow", "push", "profile", "admin:read", "admin:write"}
    | {f"read:{part}" for part in _READ}
    | {f"write:{part}" for part in _WRITE}
    | {f"admin:{way}:{part}" for way in ("read", "write") for part in _ADMIN}
)
_WHOLE = ("read", "write", "follow", "push", "profile")


def offered(*, admin: bool) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """List the scopes that a member may choose, wide ones with their parts; administrators have more."""
    parts = {"read": _READ, "write": _WRITE}
    listed = [(name, tuple(f"{name}:{part}" for part in parts.get(name, ()))) for name in _WHOLE]
    if admin:
        listed += [(f"admin:{way}", tuple(f"admin:{way}:{part}" for part in _ADMIN)) for way in ("read", "write")]
    return tuple(listed)


_FOLLOW = frozenset(f"{way}:{part}" for way in ("read", "write") for part in ("follows", "blocks", "mutes"))


def parse(text: str) -> tuple[str, ...]:
    """Return the scopes that ``text`` names, in its order and without repetition.

    Raises:
        InvalidScope: one of them does not exist.

    """
    found = tuple(dict.fromkeys(text.split())) or (DEFAULT,)
    if not KNOWN.issuperset(found):
        raise InvalidScope(field="scope")
    return found


def covers(granted: Iterable[str], wanted: str) -> bool:
    """Tell whether ``granted`` contain ``wanted``, or a scope that it is a part of."""
    have = frozenset(granted)
    wider, _, _ = wanted.rpartition(":")
    return wanted in have or (wanted in _FOLLOW and "follow" in have) or (bool(wider) and covers(have, wider))


def subset(wanted: str, granted: str) -> str:
    """Return ``wanted`` as it is kept, if every scope of it is covered by ``granted``; else refuse.

    Raises:
        InvalidScope: a scope does not exist, or goes beyond ``granted``.

    """
    asked = parse(wanted)
    have = parse(granted)
    if not all(covers(have, scope) for scope in asked):
        raise InvalidScope(field="scope")
    return " ".join(asked)
