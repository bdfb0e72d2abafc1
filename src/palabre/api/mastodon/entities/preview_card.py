"""What a linked page says of itself."""

from __future__ import annotations

from typing import Literal

import msgspec

from palabre.accounts import model
from palabre.api.mastodon.entities.account import Account, account
from palabre.api.mastodon.entities.wire import Names
from palabre.cards.model import Card


class PreviewCardAuthor(msgspec.Struct, frozen=True):
    """Who wrote the page, as the page has it."""

    name: str
    url: str
    account: Account | None


class PreviewCard(msgspec.Struct, frozen=True, kw_only=True):
    """A card. Nothing of another site is embedded, so ``html`` and ``embed_url`` are empty."""

    url: str
    title: str
    description: str
    language: str | None
    type: Literal["link"]
    authors: tuple[PreviewCardAuthor, ...]
    author_name: str
    author_url: str
    provider_name: str
    provider_url: str
    html: str
    width: int
    height: int
    image: str | None
    image_description: str
    embed_url: str
    blurhash: str | None
    missing_attribution: bool | None
    published_at: str | None


def preview_card(names: Names, card: Card, writer: model.Account | None = None) -> PreviewCard:
    """Render ``card``, of a page that ``writer`` has written."""
    author = None if writer is None else account(names, writer)
    return PreviewCard(
        url=card.url,
        title=card.title,
        description=card.description,
        language=card.language,
        type="link",
        authors=(PreviewCardAuthor(card.author, "", author),) if card.author or author is not None else (),
        author_name=card.author,
        author_url="",
        provider_name=card.provider,
        provider_url="",
        html="",
        width=card.width,
        height=card.height,
        image=names.uris.media(card.image) if card.image else None,
        image_description=card.image_description,
        embed_url="",
        blurhash=card.blurhash,
        missing_attribution=None,
        published_at=card.published,
    )
