"""Translating posts by a LibreTranslate server that the operator names; what was translated is kept for a day.

The address is the operator's own choice, so it may be on this machine or on a private network. Only texts that
anybody may read are sent there, and nothing that says who wrote them or who asks.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Mapping
from hashlib import blake2b
from html import escape, unescape
from typing import TypeVar

import msgspec
import structlog

from palabre import clock
from palabre.clock import Instant
from palabre.config import Config
from palabre.edge.outside import Outside, Unreachable
from palabre.errors import Forbidden, NotFound, Unavailable
from palabre.markup.render import sanitise
from palabre.posts.model import Post, PostView, Visibility

_LANGUAGES_FOR = 12 * clock.HOUR
_KEPT_FOR = clock.DAY
_MOST_KEPT = 2_000
_MOST_BYTES = 1024 * 1024
_PROVIDER = "LibreTranslate"
_UNKNOWN = "auto"

_log = structlog.get_logger("translation")
T = TypeVar("T")


class NoTranslation(NotFound):
    """The network translates nothing."""

    code = "translation.none"
    message = "Record not found"


class NotTranslatable(Forbidden):
    """The post is not for everybody, or the service does not know the languages."""

    code = "translation.not_allowed"
    message = "This action is not allowed"


class TranslationFailed(Unavailable):
    """The service does not answer, or says that it can do no more for now."""

    code = "translation.failed"
    message = "Service Unavailable"


class Translated(msgspec.Struct, frozen=True):
    """Texts in another language, in the order in which they were given."""

    texts: tuple[str, ...]
    source: str
    """The language of the original: as told, or as the service found out."""
    provider: str = _PROVIDER


class TranslatedPost(msgspec.Struct, frozen=True, kw_only=True):
    """All words of a post in another language."""

    content: str
    """As HTML, made harmless: it came from outside."""
    warning: str
    choices: tuple[str, ...]
    """The answers of its poll."""
    descriptions: tuple[str, ...]
    """Of its media, in their order; empty where there was none."""
    source: str
    target: str
    provider: str


class _Language(msgspec.Struct, frozen=True):
    code: str
    targets: list[str] = []


class _Detected(msgspec.Struct, frozen=True):
    language: str = ""


class _Answer(msgspec.Struct, frozen=True):
    translatedText: list[str]  # noqa: N815 - LibreTranslate's name
    detectedLanguage: list[_Detected] = []  # noqa: N815


def may_be_translated(post: Post) -> bool:
    """Tell whether anybody may read it: nothing else is sent out."""
    return post.visibility in {Visibility.PUBLIC, Visibility.UNLISTED}


def language_asked(code: str) -> str:
    """Return the language of a locale, as the service names languages."""
    return code.replace("_", "-").partition("-")[0].lower()


class Translator:
    """What translates, for as long as the network runs."""

    def __init__(self, config: Config) -> None:
        self._url = config.translate_url.rstrip("/")
        self._key = config.translate_key
        self._outside = Outside(anywhere=True)
        self._languages: tuple[Instant, Mapping[str, tuple[str, ...]]] | None = None
        self._one_asks = asyncio.Lock()
        self._kept: OrderedDict[bytes, tuple[Instant, Translated]] = OrderedDict()

    @property
    def enabled(self) -> bool:
        """Whether there is a service."""
        return bool(self._url)

    async def languages(self) -> Mapping[str, tuple[str, ...]]:
        """Return language → what it can be translated into; ``und`` stands for what is in no known language.

        Empty without a service.

        Raises:
            TranslationFailed: the service does not answer.

        """
        if not self.enabled:
            return {}
        async with self._one_asks:  # for everybody who waits
            kept = self._languages
            if kept is None or not 0 <= clock.now() - kept[0] < _LANGUAGES_FOR:
                found = await self._ask("GET", "/languages", None, list[_Language])
                targets = {each.code: tuple(t for t in each.targets if t != each.code) for each in found}
                targets["und"] = tuple(sorted({t for each in found for t in each.targets}))
                kept = self._languages = clock.now(), targets
        return kept[1]

    async def translate(self, texts: tuple[str, ...], *, source: str | None, target: str) -> Translated:
        """Translate pieces of HTML; nothing is asked for what was translated within the last day.

        Raises:
            NoTranslation: there is no service.
            NotTranslatable: it does not know this pair of languages.
            TranslationFailed: it does not answer.

        """
        if not self.enabled:
            raise NoTranslation
        if target not in (await self.languages()).get(source or "und", ()):
            raise NotTranslatable
        key = blake2b(msgspec.json.encode((texts, source, target)), digest_size=20).digest()
        kept = self._kept.get(key)
        if kept is not None and 0 <= clock.now() - kept[0] < _KEPT_FOR:
            return kept[1]
        made = await self._translated(texts, source, target)
        self._kept[key] = clock.now(), made
        self._kept.move_to_end(key)
        while len(self._kept) > _MOST_KEPT:
            self._kept.popitem(last=False)
        return made

    async def post(self, view: PostView, html: str, *, target: str) -> TranslatedPost:
        """Translate a post whose text is ``html``: text, warning, answers of the poll, descriptions of media.

        Raises:
            NoTranslation: there is no service.
            NotTranslatable: not everybody may read the post, or the service does not know this pair of languages.
            TranslationFailed: it does not answer.

        """
        if not self.enabled:
            raise NoTranslation
        if not may_be_translated(view.post):
            raise NotTranslatable
        choices = () if view.poll is None else tuple(choice.title for choice in view.poll.choices)
        plain = (view.post.warning, *choices, *(each.description or "" for each in view.media))
        target = language_asked(target)
        found = await self.translate((html, *map(escape, plain)), source=view.post.language, target=target)
        content, warning, *rest = found.texts
        rest = [unescape(each) for each in rest]
        return TranslatedPost(
            content=sanitise(content),
            warning=unescape(warning),
            choices=tuple(rest[: len(choices)]),
            descriptions=tuple(rest[len(choices) :]),
            source=found.source,
            target=target,
            provider=found.provider,
        )

    async def _translated(self, texts: tuple[str, ...], source: str | None, target: str) -> Translated:
        words = [text for text in texts if text]
        if not words:
            return Translated(texts, source or "und")
        asked = {"q": words, "source": source or _UNKNOWN, "target": target, "format": "html"}
        if self._key:
            asked["api_key"] = self._key
        answer = await self._ask("POST", "/translate", msgspec.json.encode(asked), _Answer)
        if len(answer.translatedText) != len(words):
            raise TranslationFailed
        given = iter(answer.translatedText)
        detected = answer.detectedLanguage[0].language if answer.detectedLanguage else ""
        return Translated(tuple(next(given) if text else "" for text in texts), source or detected or "und")

    async def _ask(self, method: str, path: str, body: bytes | None, kind: type[T]) -> T:
        headers = {"Content-Type": "application/json", "Accept": "application/json"}
        try:
            status, answer = await self._outside.ask(method, self._url + path, body, headers, most=_MOST_BYTES)
            if status == 200:
                return msgspec.json.decode(answer, type=kind)
        except Unreachable as error:
            _log.warning("the translation service does not answer", reason=str(error))
            raise TranslationFailed from None
        except (msgspec.DecodeError, RecursionError):
            _log.warning("the translation service says something else")
            raise TranslationFailed from None
        _log.warning("the translation service refused", status=status)
        raise TranslationFailed
