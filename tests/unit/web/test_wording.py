"""Times, counts and languages as readers of each language write them."""

from __future__ import annotations

import pytest

from palabre import clock
from palabre.i18n import translations
from palabre.web import wording
from palabre.web.agents import name_agent
from palabre.web.languages import choices
from palabre.web.wording import Wording

_NOW = 1_772_546_700_000  # 3 March 2026, 14:05 UTC


@pytest.fixture(params=["en", "fr"])
def words(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Wording:
    monkeypatch.setattr(wording, "now", lambda: _NOW)
    return Wording(request.param, translations(request.param))


@pytest.mark.parametrize(
    ("past", "english", "french"),
    [
        (0, "now", "à l’instant"),
        (40 * clock.SECOND, "40 s", "40 s"),
        (5 * clock.MINUTE, "5 min", "5 min"),
        (3 * clock.HOUR, "3 h", "3 h"),
        (2 * clock.DAY, "2 d", "2 j"),
        (20 * clock.DAY, "11 Feb", "11 févr."),
        (400 * clock.DAY, "27 Jan 2025", "27 janv. 2025"),
    ],
)
def test_how_long_ago(words: Wording, past: int, english: str, french: str) -> None:
    expected = english if words.language == "en" else french
    assert words.ago(_NOW - past).replace("\u00a0", " ") == expected


@pytest.mark.parametrize(
    ("number", "english", "french"),
    [(0, "0", "0"), (999, "999", "999"), (1_000, "1K", "1 k"), (1_250, "1.2K", "1,2 k"), (13_999, "13K", "13 k"),
     (2_100_000, "2.1M", "2,1 M")],
)  # fmt: skip
def test_counts_are_short(words: Wording, number: int, english: str, french: str) -> None:
    assert words.count(number).replace("\u202f", " ") == (english if words.language == "en" else french)


def test_whole_dates(words: Wording) -> None:
    assert words.full(_NOW) == ("3 March 2026 at 14:05 UTC" if words.language == "en" else "3 mars 2026 à 14:05 UTC")
    first = _NOW - 2 * clock.DAY
    assert words.day(first) == ("1 March 2026" if words.language == "en" else "1er mars 2026")
    assert words.exact(12_345) == ("12,345" if words.language == "en" else "12\u202f345")


def test_languages_are_listed_by_name_accents_or_not(words: Wording) -> None:
    names = [name for _, name in choices(words)]
    assert len(names) == len(set(names)) > 70
    assert ("English" if words.language == "en" else "Anglais") in names
    if words.language == "fr":
        assert names.index("Espéranto") < names.index("Estonien") < names.index("Finnois")


@pytest.mark.parametrize(
    ("header", "name"),
    [
        (None, ""),
        ("curl/8", ""),
        ("Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0", "Firefox, Linux"),
        (
            "Mozilla/5.0 (iPhone; CPU iPhone OS 17_0 like Mac OS X) AppleWebKit/605 Version/17.0 Safari/604.1",
            "Safari, iPhone",
        ),
        ("Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537 Chrome/130.0 Safari/537 Edg/130.0", "Edge, Windows"),
        ("Mozilla/5.0 (Linux; Android 14) AppleWebKit/537 Chrome/130.0 Mobile Safari/537", "Chrome, Android"),
        ("Chrome/" * 10_000, "Chrome"),
    ],
)
def test_browsers_are_named_without_keeping_what_tells_them_apart(header: str | None, name: str) -> None:
    assert name_agent(header) == name
