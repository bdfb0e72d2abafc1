"""Templates and all that they may call: one environment a language. A template reads only what it is given."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import minijinja
from minijinja import Markup

from palabre.clock import iso
from palabre.config import Config
from palabre.i18n import LANGUAGES, Translations, translations
from palabre.ids import IdCodec
from palabre.media.model import Attachment
from palabre.posts.model import Mark, Post, PostView, Visibility
from palabre.uris import Uris
from palabre.web import importing, languages
from palabre.web.addresses import Addresses
from palabre.web.here import Here
from palabre.web.scopes import words_of_scope
from palabre.web.wording import Wording
from palabre.web.writing import Writing

_FOLDER = Path(__file__).parent
_THIRD = 0.4
"""Half the distance between two of the nine places."""

_TALLEST = 4 / 5
"""A lone picture narrower than this, width to height, gets a narrower place."""


class NotBuiltError(RuntimeError):
    """The scripts and styles have not been built."""


def _markup(html: str) -> Markup:
    return Markup(html)


def _fill(message: str, parts: Mapping[str, Any]) -> str:
    """Put ``parts`` into ``message``; if one of them is HTML from a template, all others are escaped."""
    if not parts:
        return message
    if any(hasattr(part, "__html__") for part in parts.values()):
        escaped = {name: str(minijinja.escape(part)) for name, part in parts.items()}
        return _markup(str(minijinja.escape(message)).format(**escaped))
    return message.format(**parts)


class Renderer:
    """Renders templates for one network."""

    def __init__(self, *, config: Config, uris: Uris, ids: IdCodec, static: Callable[[str], str]) -> None:
        """Load the templates and the list of built files; ``static`` gives the address of a file of ours."""
        built = _FOLDER / "static" / "built" / "manifest.json"
        if not built.exists():
            msg = f"{built} is missing: run `make setup`"
            raise NotBuiltError(msg)
        names: dict[str, str] = json.loads(built.read_text("utf-8"))
        self._built = {name: static(f"built/{file}") for name, file in names.items()}
        self.addresses = Addresses(uris, ids)
        self.writing = Writing(uris)
        self.wordings = {language: Wording(language, translations(language)) for language in LANGUAGES}
        folder = _FOLDER / "templates"
        sources = {path.relative_to(folder).as_posix(): path.read_text("utf-8") for path in folder.rglob("*.html")}
        self._environments = {
            language: self._environment(config, language, translations(language), sources) for language in LANGUAGES
        }

    def render(self, template: str, here: Here, **subject: Any) -> bytes:
        """Render ``template`` for the reader whom ``here`` describes."""
        return self._environments[here.language].render_template(template, here=here, **subject).encode()

    def asset(self, name: str) -> str:
        """Address of a built file by its logical name."""
        return self._built[name]

    def _icon(self, name: str, kind: str = "") -> Markup:
        extra = f" {kind}" if kind else ""
        return _markup(
            f'<svg class="icon{extra}" aria-hidden="true" focusable="false">'
            f'<use href="{self.asset("icons.svg")}#{name}"/></svg>'
        )

    def _environment(
        self, config: Config, language: str, catalogue: Translations, sources: dict[str, str]
    ) -> minijinja.Environment:
        wording = self.wordings[language]
        addresses, writing = self.addresses, self.writing

        def say(message: str, **parts: Any) -> str:
            return _fill(catalogue.gettext(message), parts)

        def say_count(one: str, many: str, number: int, /, **parts: Any) -> str:
            shown = {"n": wording.exact(number), **parts}
            return _fill(catalogue.ngettext(one, many, number), shown)

        return minijinja.Environment(
            templates=sources,
            undefined_behavior="strict",
            trim_blocks=True,
            lstrip_blocks=True,
            globals={
                "_": say,
                "ngettext": say_count,
                "network": config,
                "asset": self.asset,
                "icon": self._icon,
                "url": addresses,
                "text_of": writing.text,
                "bio_of": writing.bio,
                "field_of": writing.field,
                "plain": writing.plain,
                "plain_bio": writing.plain_bio,
                "ago": wording.ago,
                "full_time": wording.full,
                "day": wording.day,
                "month": wording.month,
                "iso": iso,
                "count": wording.count,
                "exact": wording.exact,
                "size": wording.size,
                "languages": languages.choices(wording),
                "language_name": wording.language_name,
                "focus": focus_classes,
                "is_focus": is_focus,
                "is_marked": is_marked,
                "may_repost": may_repost,
                "reply_name": reply_name,
                "import_words": importing,
                "scope_words": lambda scope: say(words_of_scope(scope)),
                "visibilities": (
                    ("public", say("Public")),
                    ("unlisted", say("Unlisted")),
                    ("followers", say("Followers only")),
                    ("mentioned", say("Only people mentioned")),
                ),
                "is_tall": is_tall,
                "name_of": lambda account: account.display_name or account.username,
            },
        )


def focus_classes(attachment: Attachment) -> str:
    """Classes that keep the focal point of a picture in sight: styles in attributes are forbidden."""
    across = round((attachment.focus_x + 1) * 5)
    down = round((1 - attachment.focus_y) * 5)
    return f"fx-{min(max(across, 0), 10)} fy-{min(max(down, 0), 10)}"


def is_focus(attachment: Attachment, x: float, y: float) -> bool:
    """Whether (x, y) is the nearest of the nine places to the focal point."""
    return abs(attachment.focus_x - x) <= _THIRD and abs(attachment.focus_y - y) <= _THIRD


def is_marked(view: PostView, what: str) -> bool:
    """Whether the reader has liked, reposted or bookmarked the post."""
    return bool(view.marks & Mark[what.upper()])


def may_repost(view: PostView) -> bool:
    """Whether the post is for everybody."""
    return view.post.visibility in {Visibility.PUBLIC, Visibility.UNLISTED}


def reply_name(post: Post) -> str:
    """Name of whom ``post`` answers, if it mentions them."""
    return next((f"@{mention.username}" for mention in post.mentions if mention.account == post.reply_to_author), "")


def is_tall(attachment: Attachment) -> bool:
    """Whether a lone picture gets a narrower place."""
    return attachment.width < attachment.height * _TALLEST
