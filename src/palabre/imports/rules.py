"""Pure decisions about what is imported."""

from __future__ import annotations

import re
from hashlib import blake2b

import msgspec

from palabre.ids import PostId
from palabre.imports.model import Audience, ImportedEntry, ImportedPost, Item
from palabre.posts.model import Choice, Former, Past, QuotePolicy, ReplyPolicy

_LANGUAGE = re.compile(r"[a-z]{2,3}(-[A-Za-z0-9]{2,8}){0,3}")


def key_of(account: int, item: Item) -> int:
    """Return the number under which ``item`` is known as imported by ``account``."""
    return key(account, item.name)


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
    name, _, host = target.partition(" ")[0].partition("@")
    return name if not host or host.lower() == domain.lower() else None


def collection_of(target: str) -> tuple[int, str]:
    """Return which of the collections of one name, from 1, the target of somebody's place in one means, and the name.

    0 if it means none.
    """
    which, _, name = target.partition(" ")[2].partition(" ")
    return (int(which) if re.fullmatch("[0-9]{1,4}", which) else 0), name


def names_in(item: Item) -> list[str]:
    """Return what ``item`` refers to, by the names under which it may have come."""
    if isinstance(item, ImportedPost):
        return [name for name in (item.reply_to, item.quote) if name]
    if isinstance(item, ImportedEntry):
        found = [item.data.get("reply_to"), item.data.get("quote"), *(item.data.get("posts") or ())]
        return [name for name in found if isinstance(name, str)]
    return [item.target]


def past_of(post: ImportedPost, quote: int | None) -> Past | None:
    """Return what ``post`` has beside its text, if anything; ``quote`` is the own post that it quotes."""
    if not (post.edited or post.versions or post.poll or quote is not None or post.quote_policy or post.reply_policy):
        return None
    past = Past(
        edited=post.edited,
        versions=tuple(
            Former(
                created=each.created, text=each.text, warning=each.warning, sensitive=each.sensitive,
                media=each.media, choices=each.choices,
            )
            for each in post.versions
        ),
        quote=None if quote is None else PostId(quote),
        quote_policy=QuotePolicy(post.quote_policy) if post.quote_policy in set(QuotePolicy) else None,
        reply_policy=ReplyPolicy(post.reply_policy) if post.reply_policy in set(ReplyPolicy) else None,
    )  # fmt: skip
    if post.poll is None:
        return past
    poll = post.poll
    return msgspec.structs.replace(
        past,
        choices=tuple(Choice(title, votes) for title, votes in poll.choices),
        multiple=poll.multiple,
        hide_totals=poll.hide_totals,
        expires=poll.expires,
        voters=poll.voters,
    )
