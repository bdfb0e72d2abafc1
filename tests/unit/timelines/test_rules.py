"""What belongs at home and in a list, decided case by case."""

from __future__ import annotations

from typing import Any

import pytest

from palabre.graph.model import Replies
from palabre.ids import AccountId
from palabre.timelines.rules import Candidate, Taste, belongs

ME, ANA, BEN, STRANGER = 1, 2, 3, 9


def shown(taste: dict[str, Any], **of: Any) -> bool:
    wants: dict[str, Any] = {
        "reader": AccountId(ME), "followed": frozenset({ANA, BEN}), "without_reposts": frozenset(), "languages": {},
        "hidden": frozenset(),
    }  # fmt: skip
    said: dict[str, Any] = {
        "post": 100, "author": ANA, "visibility": "public", "reply_to_author": None, "repost_of": None,
        "repost_of_author": None, "language": None,
    }  # fmt: skip
    return belongs(Candidate(**said | of), Taste(**wants | taste))


def test_home_has_those_whom_one_follows_and_oneself() -> None:
    assert [shown({}, author=each) for each in (ANA, ME, STRANGER)] == [True, True, False]
    assert [shown({}, visibility=each) for each in ("followers", "unlisted", "mentioned", "waiting")] == [
        True, True, False, False,
    ]  # fmt: skip


def test_who_is_in_an_exclusive_list_stands_there_and_not_at_home() -> None:
    assert not shown({"apart": frozenset({ANA})})
    assert shown({"apart": frozenset({ANA})}, author=BEN)
    assert shown({"members": frozenset({ANA})})
    assert not shown({"members": frozenset({ANA})}, author=BEN)
    of_home = Taste(AccountId(ME), frozenset({ANA, BEN}), frozenset(), {}, frozenset(), apart=frozenset({ANA}))
    assert of_home.authors == {ME, BEN}
    assert of_home._replace(members=frozenset({ANA}), apart=frozenset()).authors == {ANA}


def test_whom_one_hides_is_nowhere_nor_what_others_repeat_or_answer_of_him() -> None:
    hides = {"hidden": frozenset({BEN})}
    assert not shown(hides, author=BEN)
    assert not shown(hides, author=BEN, tagged=True)
    assert not shown(hides, repost_of=50, repost_of_author=BEN)
    assert shown(hides, repost_of=50, repost_of_author=STRANGER)
    assert not shown(hides, reply_to_author=BEN)
    assert shown({}, author=STRANGER, tagged=True), "a hashtag that one follows"
    assert not shown({"without_reposts": frozenset({ANA})}, repost_of=50, repost_of_author=BEN)


@pytest.mark.parametrize(
    ("replies", "to"),
    [(Replies.FOLLOWED, {ME, ANA, BEN}), (Replies.LIST, {ME, ANA}), (Replies.NONE, {ME, ANA})],
)
def test_a_list_shows_the_replies_that_its_owner_chose(replies: Replies, to: set[int]) -> None:
    taste = {"members": frozenset({ANA}), "replies": replies}
    assert {each for each in (ME, ANA, BEN, STRANGER) if shown(taste, reply_to_author=each)} == to
    both = taste | {"members": frozenset({ANA, BEN})}
    wider = {ME, ANA} if replies is Replies.NONE else {ME, ANA, BEN}
    assert {each for each in (ME, ANA, BEN, STRANGER) if shown(both, reply_to_author=each)} == wider


def test_at_home_replies_go_to_whom_one_follows() -> None:
    assert {each for each in (ME, ANA, BEN, STRANGER) if shown({}, reply_to_author=each)} == {ME, ANA, BEN}
    assert shown({}, author=ME, reply_to_author=STRANGER)


@pytest.mark.parametrize(("language", "wanted"), [("fr", True), ("fr-CA", True), ("en", False), (None, True)])
def test_of_some_only_some_languages_are_wanted(language: str | None, wanted: bool) -> None:
    assert shown({"languages": {ANA: ("fr",)}}, language=language) is wanted
    assert shown({"languages": {BEN: ("fr",)}}, language=language)
