"""Templates and all that they may call: one environment a language. A template reads only what it is given."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import minijinja
from minijinja import Markup

from palabre.clock import iso
from palabre.config import Config
from palabre.emojis.model import EmojiBook
from palabre.i18n import LANGUAGES, Translations, translations
from palabre.ids import IdCodec
from palabre.media.model import Attachment
from palabre.posts.rules import THREAD
from palabre.uris import Uris
from palabre.web import importing, languages
from palabre.web.addresses import Addresses
from palabre.web.badges import VOUCHERS
from palabre.web.badges import WORDS as BADGES
from palabre.web.cards import Cards, focus_classes
from palabre.web.here import Here
from palabre.web.lengths import POLL_LENGTHS
from palabre.web.scopes import words_of_scope
from palabre.web.wording import Wording
from palabre.web.writing import Writing

_FOLDER = Path(__file__).parent
_THIRD = 0.4
"""Half the distance between two of the nine places."""


_FLIPPING = frozenset({"arrow-left", "chevron-right"})
"""Icons that point along the line: mirrored where one reads from right to left."""

_SYMBOL = re.compile(r'<symbol id="([a-z0-9-]+)"')
_TAG = re.compile(r"\{[{%].*?[%}]\}", re.DOTALL)
_WORDS = re.compile(r'(?<![\w.])_\("((?:[^"\\]|\\.)*)"\)')


class NotBuiltError(RuntimeError):
    """The scripts and styles have not been built."""


def markup(html: str) -> Markup:
    """Mark HTML of our own, which is not to be escaped."""
    return Markup(html)


def _translated(source: str, catalogue: Translations) -> str:
    """Put the words of a language into a template, where they need nothing filled in: once, not at each rendering."""

    def translate(message: re.Match[str]) -> str:
        return json.dumps(catalogue.gettext(json.loads(f'"{message[1]}"')), ensure_ascii=False)

    return _TAG.sub(lambda tag: _WORDS.sub(translate, tag[0]), source)


def _fill(message: str, parts: Mapping[str, Any]) -> str:
    """Put ``parts`` into ``message``; if one of them is HTML from a template, all others are escaped."""
    if not parts:
        return message
    if any(hasattr(part, "__html__") for part in parts.values()):
        escaped = {name: str(minijinja.escape(part)) for name, part in parts.items()}
        return markup(str(minijinja.escape(message)).format(**escaped))
    return message.format(**parts)


class Renderer:
    """Renders templates for one network."""

    def __init__(
        self, *, config: Config, uris: Uris, ids: IdCodec, static: Callable[[str], str], emojis: EmojiBook
    ) -> None:
        """Load the templates and the list of built files; ``static`` gives the address of a file of ours."""
        built = _FOLDER / "static" / "built" / "manifest.json"
        if not built.exists():
            msg = f"{built} is missing: run `make setup`"
            raise NotBuiltError(msg)
        names: dict[str, str] = json.loads(built.read_text("utf-8"))
        self._built = {name: static(f"built/{file}") for name, file in names.items()}
        self.addresses = Addresses(uris, ids)
        self.writing = Writing(uris, emojis)
        self.wordings = {language: Wording(language, translations(language)) for language in LANGUAGES}
        folder = _FOLDER / "templates"
        sources = {path.relative_to(folder).as_posix(): path.read_text("utf-8") for path in folder.rglob("*.html")}
        self._icons_by_name = self._icons(built.parent / names["icons.svg"])
        self._environments = {
            language: self._environment(config, language, translations(language), sources) for language in LANGUAGES
        }

    def render(self, template: str, here: Here, **subject: Any) -> bytes:
        """Render ``template`` for the reader whom ``here`` describes."""
        environment = self._environments[here.language]
        return environment.render_template(template, here=here.plain(), **subject).encode()

    def asset(self, name: str) -> str:
        """Address of a built file by its logical name."""
        return self._built[name]

    def _icons(self, sprite: Path) -> dict[str, Markup]:
        """Return the HTML of every icon in the sprite."""
        return {
            name: markup(
                f'<svg class="icon{" icon-flips" if name in _FLIPPING else ""}" aria-hidden="true">'
                f'<use href="{self.asset("icons.svg")}#{name}"/></svg>'
            )
            for name in _SYMBOL.findall(sprite.read_text("utf-8"))
        }

    def _environment(
        self, config: Config, language: str, catalogue: Translations, sources: dict[str, str]
    ) -> minijinja.Environment:
        wording = self.wordings[language]
        addresses, writing = self.addresses, self.writing
        cards = Cards(addresses, writing, wording, translates=bool(config.translate_url))

        def say(message: str, **parts: Any) -> str:
            return _fill(catalogue.gettext(message), parts)

        def say_count(one: str, many: str, number: int, /, **parts: Any) -> str:
            shown = {"n": wording.exact(number), **parts}
            return _fill(catalogue.ngettext(one, many, number), shown)

        return minijinja.Environment(
            templates={name: _translated(source, catalogue) for name, source in sources.items()},
            undefined_behavior="strict",
            trim_blocks=True,
            lstrip_blocks=True,
            globals={
                "_": say,
                "ngettext": say_count,
                "network": config,
                "asset": self.asset,
                "icons": self._icons_by_name,
                "card": cards.card,
                "link_of": cards.link,
                "pictures": cards.pictures,
                "url": addresses,
                "shown_name": writing.name,
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
                "import_words": importing,
                "scope_words": lambda scope: say(words_of_scope(scope)),
                "visibilities": (
                    ("public", say("Public")),
                    ("unlisted", say("Unlisted")),
                    ("followers", say("Followers only")),
                    ("mentioned", say("Only people mentioned")),
                ),
                "reply_visibilities": (
                    ("public", say("Public")),
                    ("unlisted", say("Unlisted")),
                    ("followers", say("Followers, and who approves replies")),
                    ("mentioned", say("Only people mentioned")),
                ),
                "quote_policies": (
                    ("all", say("Anybody may quote it")),
                    ("followers", say("Followers may quote it")),
                    ("followers_or_ask", say("Followers may quote it, others ask me")),
                    ("ask", say("Whoever quotes it asks me")),
                    ("nobody", say("Nobody may quote it")),
                ),
                "reply_policies": (
                    ("all", say("Anybody may reply")),
                    ("followers", say("Followers may reply")),
                    ("followed", say("People I follow may reply")),
                    ("mentioned", say("Only those mentioned may reply")),
                    ("nobody", say("Nobody may reply")),
                ),
                "barriers": {
                    "followers": say("Only followers of the author, and people whom the author mentions, may reply."),
                    "followed": say("Only people whom the author follows or mentions may reply."),
                    "mentioned": say("Only people whom the author mentions may reply."),
                    "nobody": say("The author lets nobody reply."),
                },
                "thread_most": THREAD,
                "poll_lengths": tuple((seconds, say(words)) for seconds, words in POLL_LENGTHS),
                "facts_of": lambda account: tuple(
                    {"word": say(BADGES[fact.kind]), "says": say(VOUCHERS[fact.by])} for fact in account.facts
                ),
                "name_of": lambda account: account.display_name or account.username,
            },
        )


def is_focus(attachment: Attachment, x: float, y: float) -> bool:
    """Whether (x, y) is the nearest of the nine places to the focal point."""
    return abs(attachment.focus_x - x) <= _THIRD and abs(attachment.focus_y - y) <= _THIRD
