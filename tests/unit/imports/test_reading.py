"""The pieces: elements of a huge array, texts, dates, CSV files."""

from __future__ import annotations

import io
import json
import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from imports.mastodon_exports import follows_csv, mutes_csv, plain_csv
from palabre.clock import Instant, iso
from palabre.imports import ImportedPost, ImportedTie, Limits, Reason, Skipped, Source, Tie, open_archive
from palabre.imports.dates import iso_date, twitter_date, with_snowflake
from palabre.imports.elements import Damage, ElementReader
from palabre.imports.errors import KindUnclear, NotAnArchive
from palabre.imports.html_text import plain_text
from palabre.imports.model import Limits as ReadLimits
from palabre.imports.twitter import Owner, _Reader, _Tweet

NOW = Instant(1_800_000_000_000)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**40), 2**40) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=6,
)


class _Slow(io.BytesIO):
    """Hands out few bytes at a time, so that every border is met."""

    def __init__(self, content: bytes, step: int) -> None:
        super().__init__(content)
        self._step = step

    def read(self, size: int | None = -1) -> bytes:
        return super().read(self._step)


def elements(content: bytes, step: int = 7, **limits: int) -> list[object]:
    reader = ElementReader(
        _Slow(content, step),
        kind=dict,
        opening=re.compile(rb"=\s*\["),
        start=re.compile(rb'\{\s*"t"\s*:'),
        limits=ReadLimits(**limits),
    )
    return list(reader)


@given(
    values=st.lists(st.dictionaries(st.text(), VALUES, max_size=4), max_size=5),
    indent=st.sampled_from([None, 2]),
    step=st.integers(1, 40),
)
def test_any_array_of_objects_is_read_whole_whatever_the_chunks(
    values: list[dict[str, object]], indent: int | None, step: int
) -> None:
    content = b"x = " + json.dumps(values, indent=indent, ensure_ascii=False).encode()
    assert elements(content, step) == values


@given(noise=st.binary(max_size=60), step=st.integers(1, 40))
def test_noise_between_two_elements_costs_neither(noise: bytes, step: int) -> None:
    found = elements(b'x = [{"t": 1}, ' + noise + b', {"t": 2}]', step)
    assert {"t": 1} in found
    if b"]" not in noise and b'"' not in noise and b"{" not in noise and b"[" not in noise:
        assert {"t": 2} in found


def test_an_array_that_never_ends_is_damage_after_its_elements() -> None:
    first, damage = elements(b'x = [{"t": 1}, ')
    assert first == {"t": 1}
    assert isinstance(damage, Damage)
    assert damage.fatal


@pytest.mark.parametrize(
    ("source", "text"),
    [
        ("<p>one<br>two</p><p>three</p>", "one\ntwo\n\nthree"),
        ("<p>a &lt;b&gt; &amp;amp; c</p>", "a <b> &amp; c"),
        ('<a href="https://e.org/a?b=1&amp;c=2">e.org/a…</a>', "https://e.org/a?b=1&c=2"),
        ('<a href="https://e.org/">my page</a>', "my page (https://e.org/)"),
        ('<a href="javascript:alert(1)">click</a>', "click"),
        ("<script>alert(1)</script>safe<style>p{}</style>", "safe"),
        ("<ul><li>one</li><li>two</li></ul>after", "• one\n• two\n\nafter"),
        ("<pre>a\n  b</pre>", "a\n  b"),
        ("1 < 2 <b unclosed", "1 < 2 <b unclosed"),
        ("no tags\nat  all", "no tags at all"),
        ("<!-- hidden --><!DOCTYPE html>shown", "shown"),
        ("", ""),
    ],
)
def test_html_becomes_what_was_typed(source: str, text: str) -> None:
    assert plain_text(source, lambda words, _: words) == text


@pytest.mark.parametrize("piece", ["<!--", "<a ", '<a "', "<a href='", "a-a", "<a b=", "&", "<p>", "<a href=x>"])
def test_hostile_html_is_read_in_linear_time(piece: str) -> None:
    source = piece * (400_000 // len(piece))
    assert isinstance(plain_text(source, lambda words, _: words), str)


@given(source=st.text())
def test_no_html_breaks_the_reader(source: str) -> None:
    assert isinstance(plain_text(source, lambda words, _: words), str)


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("Wed Oct 10 20:19:24 +0000 2018", "2018-10-10T20:19:24.000Z"),
        ("Wed Oct 10 20:19:24 +0200 2018", "2018-10-10T18:19:24.000Z"),
        ("Wed Oct 32 20:19:24 +0000 2018", None),
        ("Wed Okt 10 20:19:24 +0000 2018", None),
        ("Wed Oct 10 20:19:24 +9999 2018", None),
        ("Sat Jan 01 00:00:00 +0000 0000", None),
        ("", None),
    ],
)
def test_dates_of_x(written: str, read: str | None) -> None:
    found = twitter_date(written)
    assert (iso(found) if found is not None else None) == read


@given(st.text(max_size=50))
def test_no_date_breaks_the_reader(text: str) -> None:
    twitter_date(text)
    iso_date(text)


def test_an_id_tells_the_milliseconds_only_when_it_agrees_on_the_second() -> None:
    second = Instant(1_539_202_764_000)
    number = (second + 321 - 1_288_834_974_657) << 22
    assert with_snowflake(second, str(number)) == second + 321
    assert with_snowflake(Instant(second + 5_000), str(number)) == second + 5_000
    assert with_snowflake(second, "20") == second
    assert with_snowflake(second, str((second + 9) << 16), mastodon=True) == second + 9


def tweet(text: str, **more: object) -> ImportedPost | Skipped:
    import msgspec

    base = {"id_str": "1050118621198921728", "full_text": text, "created_at": "Wed Oct 10 20:19:24 +0000 2018"}
    reader = _Reader(Owner(name="ana", number="1"), {}, {}, NOW, Limits())
    *_, last = reader.records(msgspec.convert(base | more, _Tweet), "here")
    assert isinstance(last, (ImportedPost, Skipped))
    return last


def link(url: str, target: str) -> dict[str, object]:
    return {"urls": [{"url": url, "expanded_url": target}]}


def test_a_tweet_becomes_what_its_author_typed() -> None:
    entities = link("https://t.co/abc", "https://e.org/?a=1&lt=2")
    found = tweet("1 &lt; 2 &amp;amp; https://t.co/abc https://t.co/abcd", entities=entities)
    assert found.text == "1 < 2 &amp; https://e.org/?a=1&lt=2 https://t.co/abcd"


def test_a_name_on_x_never_points_at_somebody_here() -> None:
    found = tweet("@ben .@carol (@dan) me@example.org ben@ @a@b.example https://e.org/@eve")
    assert found.text == (
        "@ben@twitter.com .@carol@twitter.com (@dan@twitter.com) me@example.org ben@ @a@b.example https://e.org/@eve"
    )


def test_a_part_of_a_thread_does_not_address_its_author() -> None:
    assert tweet("@ana @ben and so on", in_reply_to_screen_name="ana").text == "@ben@twitter.com and so on"
    assert tweet("@ana and so on", in_reply_to_screen_name="ana").text == "and so on"


@pytest.mark.parametrize(
    ("text", "more", "reason"),
    [
        ("RT @ben: hello", {}, Reason.REPOST),
        ("hello", {"created_at": "Wed Oct 10 20:19:24 +0000 1999"}, Reason.BAD_DATE),
        ("hello", {"created_at": "Wed Oct 10 20:19:24 +0000 2999"}, Reason.BAD_DATE),
        ("hello", {"id_str": "../../x"}, Reason.DAMAGED),
        ("x" * 50_001, {}, Reason.TOO_LARGE),
        ("\x00\x01 ", {}, Reason.EMPTY),
    ],
)
def test_what_cannot_be_imported_says_why(text: str, more: dict[str, object], reason: Reason) -> None:
    assert tweet(text, **more).reason is reason


def csv_file(folder: Path, name: str, content: str | bytes) -> list[object]:
    path = folder / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    with open_archive(path) as archive:
        return [archive.source, *archive.records(here="x", now=NOW)]


def test_follows_keep_what_was_chosen_for_each(tmp_path: Path) -> None:
    rows = [("ben@Other.Example", True, False, ""), ("carol@x.org", False, True, "en, fr")]
    source, ben, carol = csv_file(tmp_path, "list.csv", follows_csv(rows))
    assert source is Source.FOLLOWS
    assert ben == ImportedTie(tie=Tie.FOLLOW, target="ben@other.example")
    assert carol == ImportedTie(
        tie=Tie.FOLLOW, target="carol@x.org", show_reposts=False, notify=True, languages=("en", "fr")
    )


def test_mutes_blocks_and_bookmarks_are_told_apart(tmp_path: Path) -> None:
    source, muted = csv_file(tmp_path, "a.csv", mutes_csv([("ben@x.org", False)]))
    assert (source, muted.tie, muted.hide_notifications) == (Source.MUTES, Tie.MUTE, False)
    source, blocked = csv_file(tmp_path, "blocked_accounts (1).csv", plain_csv(["ben@x.org"]))
    assert (source, blocked.tie) == (Source.BLOCKS, Tie.BLOCK)
    source, kept = csv_file(tmp_path, "b.csv", plain_csv(["https://x.org/@ben/1"]))
    assert (source, kept.tie) == (Source.BOOKMARKS, Tie.BOOKMARK)


def test_a_list_of_accounts_that_does_not_say_what_for_is_refused(tmp_path: Path) -> None:
    with pytest.raises(KindUnclear):
        csv_file(tmp_path, "list.csv", plain_csv(["ben@x.org"]))
    with pytest.raises(NotAnArchive):
        csv_file(tmp_path, "list.csv", "Dear diary, today\n")


def test_a_damaged_line_is_listed_and_the_others_count(tmp_path: Path) -> None:
    content = (
        b"Account address,Show boosts\nben@x.org,true\n\xff\xfe@x.org,true\n<script>,true\n\ncarol@x.org,maybe\n"
    )
    _, *found = csv_file(tmp_path, "a.csv", content)
    assert [r.target for r in found if isinstance(r, ImportedTie)] == ["ben@x.org", "carol@x.org"]
    assert [r.where for r in found if isinstance(r, Skipped)] == ["line 3", "line 4"]


def test_a_list_that_a_spreadsheet_saved_again_is_read(tmp_path: Path) -> None:
    content = follows_csv([("ben@x.org", True, False, "")])
    for encoding in ("utf-8-sig", "utf-16"):
        _, tie = csv_file(tmp_path, "a.csv", content.encode(encoding))
        assert tie.target == "ben@x.org"
