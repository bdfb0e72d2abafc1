"""Text of members as the HTML that apps show: rendered by our own markup, then sanitised like anybody's."""

from __future__ import annotations

from functools import lru_cache

from palabre.accounts.model import Account
from palabre.api.mastodon.entities.wire import Names
from palabre.markup.render import render_bio, render_field, render_html, sanitise
from palabre.posts.model import Post


def _local_page(names: Names, acct: str) -> tuple[str, str] | None:
    """Find the page of a local ``name``; in profiles nobody is looked up, so others stay text."""
    name, _, domain = acct.partition("@")
    if domain and domain.lower() != names.domain:
        return None
    return names.uris.account(name), name


def bio_html(names: Names, account: Account) -> str:
    """Render the description of a profile; that of a remote account is HTML already."""
    if not account.bio:
        return ""
    if not account.is_local:
        return sanitise(account.bio)
    return _bio_html(names, account.bio)


@lru_cache(maxsize=2_048)
def _bio_html(names: Names, bio: str) -> str:
    return sanitise(
        render_bio(bio, mention_url=lambda acct: _local_page(names, acct), hashtag_url=names.uris.hashtag)
    )


def text_html(names: Names, text: str) -> str:
    """Render what those who run the network have written."""
    return _bio_html(names, text) if text else ""


def field_html(names: Names, account: Account, value: str) -> str:
    """Render the value of a profile's field; its links say ``rel="me"``."""
    if not account.is_local:
        return sanitise(value, keep_me=True)
    return _field_html(names, value)


@lru_cache(maxsize=8_192)
def _field_html(names: Names, value: str) -> str:
    return sanitise(
        render_field(value, mention_url=lambda acct: _local_page(names, acct), hashtag_url=names.uris.hashtag),
        keep_me=True,
    )


def post_html(names: Names, post: Post) -> str:
    """Render the text of a post; that of a remote one is HTML already."""
    if post.uri is not None:
        return sanitise(post.text)
    if not post.text:
        return ""
    known = {mention.acct.lower(): mention for mention in post.mentions}
    own = f"@{names.domain}"

    def page(acct: str) -> tuple[str, str] | None:
        mention = known.get(acct.lower().removesuffix(own))
        return None if mention is None else (names.uris.account(mention.acct), mention.username)

    return sanitise(render_html(post.text, post.entities, mention_url=page, hashtag_url=names.uris.hashtag))
