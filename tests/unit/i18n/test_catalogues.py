"""Both languages say everything that the interface says."""

from __future__ import annotations

import importlib.util
import re
from types import ModuleType

import pytest

from palabre.i18n import best_language
from running import ROOT

_MISSET = re.compile(r"[^\u202f][!?;]|[^\u00a0/]:(?!//|\d\d)|«[^\u202f]|[^\u202f]»|'|\b[Tt]u\b|\b[Tt]on\b|\b[Tt]es\b")
"""Marks without their narrow spaces, straight apostrophes, and whoever says *tu*."""


@pytest.fixture(scope="module")
def messages() -> ModuleType:
    """The tool that collects messages."""
    spec = importlib.util.spec_from_file_location("messages_tool", ROOT / "tools" / "messages.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize("language", ["en", "fr"])
def test_every_message_has_its_translation_and_no_other_is_kept(messages: ModuleType, language: str) -> None:
    after = messages.brought_up_to_date(language, messages.collected())
    assert messages.missing(after) == []
    assert messages.catalogue_path(language).read_bytes() == messages.written(after), "run `make messages`"


def test_a_translation_has_the_same_places_to_fill(messages: ModuleType) -> None:
    wrong = []
    for message in messages.brought_up_to_date("fr", messages.collected()):
        ids = message.id if isinstance(message.id, tuple | list) else (message.id,)
        strings = message.string if isinstance(message.string, tuple | list) else (message.string,)
        places = [set(re.findall(r"\{\w+\}", text)) for text in (*ids, *strings)]
        if message.id and any(each != places[-1] for each in places):
            wrong.append(message.id)
    assert not wrong


def test_french_is_set_as_french_is(messages: ModuleType) -> None:
    wrong = []
    for message in messages.brought_up_to_date("fr", messages.collected()):
        strings = message.string if isinstance(message.string, tuple | list) else (message.string,)
        wrong += [text for text in strings if message.id and _MISSET.search(text)]
    assert not wrong


def test_messages_are_found_where_templates_and_code_say_them(messages: ModuleType) -> None:
    template = (
        '<p title="{{ _("Hello") }}">{% if x %}{{ ngettext("{n} tree", "{n} trees", n) }}{% endif %} _("no")</p>'
    )
    assert list(messages.in_template(template)) == ["Hello", ("{n} tree", "{n} trees")]
    code = (
        'class Gone(NotFound):\n    code = "gone"\n    message = "It is gone."\nx = _("Said")\ny = other("not said")'
    )
    assert set(messages.in_code(code)) == {"It is gone.", "Said"}


@pytest.mark.parametrize(
    ("accepted", "language"),
    [
        (None, "en"), ("", "en"), ("fr", "fr"), ("fr-CA,fr;q=0.9,en;q=0.8", "fr"), ("de,en;q=0.5,fr;q=0.7", "fr"),
        ("en;q=0.3,fr;q=0.2", "en"), ("wo, *;q=0.5", "en"), ("fr;q=x", "en"), ("fr;q=0", "en"), ("," * 1000, "en"),
    ],
)  # fmt: skip
def test_the_language_is_the_one_that_the_browser_likes_best(accepted: str | None, language: str) -> None:
    assert best_language(accepted) == language
