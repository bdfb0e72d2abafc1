"""Pure decisions about what is imported."""

from __future__ import annotations

import re
from hashlib import blake2b

from palabre.imports.model import Audience, ImportedPost, Item

_LANGUAGE = re.compile(r"[a-z]{2,3}(-[A-Za-z0-9]{2,8}){0,3}")


def key_of(account: int, item: Item) -> int:
    """Return the number under which ``item`` is known as imported by ``account``."""
    return key(account, item.source_key if isinstance(item, ImportedPost) else f"{item.tie}:{item.target}")


def key(account: int, name: str) -> int:
    """Hash a name to 63 bits: among a million of one account, two are equal once in 18 million accounts."""
    digest = blake2b(name.encode(), digest_size=8, key=account.to_bytes(8, "big")).digest()
    return int.from_bytes(digest, "big") >> 1


def audience_here(post: ImportedPost, *, parent_here: bool) -> Audience:
    """Return who may read ``post`` here.

    An answer to something that is not here is taken out of public timelines: nobody could tell what it is about.
    """
    if post.reply_to is not None and not parent_here and post.audience is Audience.PUBLIC:
        return Audience.UNLISTED
    return post.audience


def language_of(post: ImportedPost) -> str | None:
    """Return the language, if it is written as languages are here."""
    return post.language if post.language and _LANGUAGE.fullmatch(post.language) else None


def shortened(text: str, most: int) -> str:
    """Cut a description that is longer than descriptions are here."""
    return text if len(text) <= most else text[: most - 1] + "…"


def local_name(target: str, domain: str) -> str | None:
    """Return the bare name of an account of this network; None for one elsewhere."""
    name, _, host = target.partition("@")
    return name if not host or host.lower() == domain.lower() else None
