"""What members wrote, as HTML that templates may show as it is. The only door through which HTML reaches a page."""

from __future__ import annotations

import re
from collections import OrderedDict
from collections.abc import Callable

from minijinja import Markup, escape

from palabre.accounts.model import Account
from palabre.emojis.events import EmojisChanged
from palabre.emojis.model import EmojiBook
from palabre.events import Event
from palabre.markup.render import plain_text, render_bio, render_field, render_html, sanitise
from palabre.posts.events import PostChanged, PostDeleted
from palabre.posts.model import Post, PostView
from palabre.uris import Uris

_SHORT = 200
_TAG_OR_NAME = re.compile(r"""<(?:[^<>"']|"[^"]*"|'[^']*')*>|:([A-Za-z0-9_]{2,30}):""", re.ASCII)
"""A whole tag, which is left alone, or what may be the name of an emoji."""
_REMEMBERED = 4_000
"""Texts, of a kilobyte or so each."""


class Writing:
    """Renders texts with links of one network."""

    def __init__(self, uris: Uris, emojis: EmojiBook) -> None:
        """Links to our own pages lose ``uris.origin``, so that they hold on every origin of the network."""
        self._uris = uris
        self._emojis = emojis
        self._own = f'href="{uris.origin}/'
        self._texts: OrderedDict[tuple[int, int | None], Markup] = OrderedDict()

    def harmless(self, html: str, *, keep_me: bool = False) -> Markup:
        """Return HTML from wherever as a page may show it: sanitised, with our links and emojis."""
        clean = sanitise(html, keep_me=keep_me)
        return Markup(self._pictured(clean.replace(self._own, 'href="/')))

    def _pictured(self, html: str) -> str:
        """Put pictures for the names of emojis into the texts of ``html``, and nowhere into its tags."""
        if not len(self._emojis) or ":" not in html:
            return html
        return _TAG_OR_NAME.sub(self._picture, html)

    def _picture(self, found: re.Match[str]) -> str:
        emoji = self._emojis.get(found[1]) if found[1] else None
        if emoji is None:
            return found[0]
        address = self._uris.media(emoji.file).removeprefix(self._uris.origin)
        return f'<img class="emoji" src="{address}" alt=":{found[1]}:" title=":{found[1]}:" width="20" height="20">'

    def name(self, account: Account) -> Markup:
        """Name of an account, with its emojis."""
        return Markup(self._pictured(str(escape(account.display_name or account.username))))

    def _mentioned(self, post: Post) -> Callable[[str], tuple[str, str] | None]:
        known = {mention.acct.lower(): mention for mention in post.mentions}

        def find(name: str) -> tuple[str, str] | None:
            mention = known.get(name.lower())
            return (self._uris.account(mention.acct), mention.username) if mention else None

        return find

    def _anybody(self, name: str) -> tuple[str, str]:
        return self._uris.account(name), name.partition("@")[0]

    def _source(self, view: PostView) -> str:
        post = view.shown.post
        if not view.shown.author.is_local:
            return post.text
        return render_html(
            post.text, post.entities, mention_url=self._mentioned(post), hashtag_url=self._uris.hashtag
        )

    def text(self, view: PostView) -> Markup:
        """Text of a post; remembered as long as it is among those shown lately."""
        post = view.shown.post
        key = (post.id, post.edited)
        text = self._texts.get(key)
        if text is None:
            text = self._texts[key] = self.harmless(self._source(view))
            if len(self._texts) > _REMEMBERED:
                self._texts.popitem(last=False)
        else:
            self._texts.move_to_end(key)
        return text

    def absolute(self, view: PostView) -> str:
        """Text of a post with whole addresses, for those who read it elsewhere."""
        return sanitise(self._source(view))

    def apply(self, event: Event) -> None:
        """Forget the text of a post that is deleted or edited: nothing deleted stays in memory."""
        if isinstance(event, EmojisChanged):
            self._texts.clear()
        elif isinstance(event, PostDeleted | PostChanged):
            for key in [key for key in self._texts if key[0] == event.post]:
                del self._texts[key]

    def bio(self, account: Account) -> Markup:
        """Description of an account."""
        if not account.is_local:
            return self.harmless(account.bio)
        return self.harmless(render_bio(account.bio, mention_url=self._anybody, hashtag_url=self._uris.hashtag))

    def field(self, account: Account, value: str) -> Markup:
        """Value of a line of a profile."""
        if not account.is_local:
            return self.harmless(value, keep_me=True)
        html = render_field(value, mention_url=self._anybody, hashtag_url=self._uris.hashtag)
        return self.harmless(html, keep_me=True)

    def plain(self, view: PostView, most: int = _SHORT) -> str:
        """Begin of the text of a post in one line, for previews and titles; a warning stands for the text."""
        shown = view.shown
        source = shown.post.warning or (shown.post.text if shown.author.is_local else plain_text(shown.post.text))
        return _shorten(source, most)

    def plain_bio(self, account: Account, most: int = _SHORT) -> str:
        """Begin of a description in one line."""
        return _shorten(account.bio if account.is_local else plain_text(account.bio), most)


def _shorten(text: str, most: int) -> str:
    line = " ".join(text.split())
    return line if len(line) <= most else line[: most - 1].rstrip() + "…"
