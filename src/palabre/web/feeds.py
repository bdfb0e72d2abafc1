"""What feeds show of accounts and posts: what anybody may read, with absolute addresses."""

from __future__ import annotations

from html import escape

from palabre.accounts.model import Account
from palabre.clock import Instant
from palabre.i18n import translations
from palabre.markup.render import sanitise
from palabre.posts.model import Post, PostView, Visibility
from palabre.uris import Uris
from palabre.web.syndication import Channel, Enclosure, Item
from palabre.web.writing import Writing

MOST = 20
"""Entries of a feed."""
_TITLE = 80


def _(message: str) -> str:
    """Mark words for the catalogues; they are translated when they are written."""
    return message


_OF_TAG = _("Public posts with the hashtag {tag}")
_OF_ACCOUNT = _("Public posts of {name}")
_NAMELESS = _("A post by {name}")


def shown(views: list[PostView]) -> list[PostView]:
    """Return those of ``views`` that may leave in a feed: public, and told by their author himself."""
    found = [view for view in views if view.post.visibility is Visibility.PUBLIC and view.original is None]
    return found[:MOST]


class Feeds:
    """Turns accounts and posts of one network into channels and items, in its own language."""

    def __init__(self, uris: Uris, writing: Writing, language: str, title: str) -> None:
        self._uris = uris
        self._writing = writing
        self._say = translations(language).gettext
        self._title = title

    def of_account(self, account: Account, views: list[PostView], ending: str) -> Channel:
        """Describe the feed of an account."""
        page = self._uris.account(account.acct)
        name = account.display_name or account.username
        described = self._writing.plain_bio(account, 1_000)
        return Channel(
            uri=self._uris.actor(account.id),
            title=f"{name} (@{account.acct})",
            description=described or self._say(_OF_ACCOUNT).format(name=name),
            url=page,
            feed=f"{page}.{ending}",
            author=name,
            updated=_newest(views) or account.created,
            picture=self._uris.avatar(account.avatar),
        )

    def of_tag(self, tag: str, views: list[PostView], ending: str) -> Channel:
        """Describe the feed of a hashtag."""
        page = self._uris.hashtag(tag)
        return Channel(
            uri=page,
            title=f"#{tag}",
            description=self._say(_OF_TAG).format(tag=f"#{tag}"),
            url=page,
            feed=f"{page}.{ending}",
            author=self._title,
            updated=_newest(views) or Instant(0),
        )

    def item(self, view: PostView) -> Item:
        """Describe one post."""
        post, author = view.post, view.author
        name = author.display_name or author.username
        enclosures = tuple(
            Enclosure(url=self._uris.media(each.file), mime=each.mime, size=each.size, description=each.description)
            for each in view.media
        )
        return Item(
            uri=post.uri or self._uris.note(post.id),
            url=post.url or self._uris.post(author.acct, post.id),
            title=self._writing.plain(view, _TITLE) or self._say(_NAMELESS).format(name=name),
            html=self._html(view),
            author=f"{name} (@{author.acct})",
            author_url=self._uris.account(author.acct),
            published=post.created,
            updated=post.edited or post.created,
            language=post.language,
            adult=post.sensitive,
            hashtags=post.hashtags,
            enclosures=enclosures,
        )

    def _html(self, view: PostView) -> str:
        """Return the text with what belongs to it: the warning before, choices and what is quoted after it."""
        post = view.post
        pieces = [f"<p><strong>{escape(post.warning)}</strong></p>"] if post.warning else []
        pieces.append(self._writing.absolute(view))
        if view.poll is not None:
            pieces.append(f"<ul>{''.join(f'<li>{escape(each.title)}</li>' for each in view.poll.choices)}</ul>")
        quoted = view.quoted
        if quoted is not None and quoted.post.visibility is Visibility.PUBLIC:
            url = escape(self._address(quoted.post, quoted.author))
            pieces.append(f'<p class="quote-inline">RE: <a href="{url}">{url}</a></p>')
        return sanitise("".join(pieces))

    def _address(self, post: Post, author: Account) -> str:
        return post.url or self._uris.post(author.acct, post.id)


def _newest(views: list[PostView]) -> Instant | None:
    return max((view.post.edited or view.post.created for view in views), default=None)
