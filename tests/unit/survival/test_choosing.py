"""Which of several standbys has the word, and when another gets it."""

from __future__ import annotations

import pytest

from palabre import clock
from palabre.survival.choosing import Choice
from palabre.survival.wire import Message


class Standby:
    """One that is connected."""

    def __init__(self, name: str, *, acknowledged: int = 7, spoke: float = 100.0) -> None:
        self.name = name
        self.acknowledged = acknowledged
        self.spoke = spoke

    def give_up(self) -> None:
        raise AssertionError

    def ship(self, message: Message) -> None:
        raise AssertionError(message)


class Network:
    """Standbys, a choice between them, and a clock."""

    def __init__(self, *standbys: Standby, timeout: float = 5.0) -> None:
        self.standbys = {standby.name: standby for standby in standbys}
        self.choice = Choice(self.standbys, timeout=timeout)  # type: ignore[arg-type]  # a dict of one kind of it
        self.now = 100.0

    def silent(self, number: int | None = None, since: float = 0.0) -> str:
        found = self.choice.silent(number, since)
        return found.name if found else ""


def network(monkeypatch: pytest.MonkeyPatch, *standbys: Standby, timeout: float = 5.0) -> Network:
    made = Network(*standbys, timeout=timeout)
    monkeypatch.setattr(clock, "monotonic", lambda: made.now)
    return made


def test_who_has_most_gets_the_word_and_of_equals_who_was_heard_last(monkeypatch: pytest.MonkeyPatch) -> None:
    less, early, late = Standby("less", acknowledged=6, spoke=103), Standby("early"), Standby("late", spoke=101)
    three = network(monkeypatch, less, early, late)
    assert three.choice.made() == "late"
    early.spoke, early.acknowledged = 105.0, 9
    assert three.choice.made() == "late", "it keeps the word although another has more by now"
    del three.standbys["late"]
    three.choice.gone("late")
    assert three.choice.made() == "early"
    three.choice.gone("less")
    assert three.choice.made() == "early", "another has gone"


def test_nobody_has_the_word_while_nobody_is_there(monkeypatch: pytest.MonkeyPatch) -> None:
    none = network(monkeypatch)
    assert none.choice.made() == ""
    assert none.choice.unheard() == []
    assert none.silent(8, 1.0) == ""


def test_who_was_given_the_word_and_does_not_say_so_loses_it_to_one_that_speaks(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    chosen, other = Standby("chosen", spoke=101.0), Standby("other")
    two = network(monkeypatch, chosen, other)
    assert two.choice.made() == "chosen"
    two.now = 110.0
    assert two.silent() == "", "nobody else was heard since: nothing would be gained"
    assert [each.name for each in two.choice.unheard()] == ["chosen"]
    other.spoke = 100.5
    assert two.silent() == "chosen", "whether or not writers wait: the next one would have to"
    two.choice.answered("other")
    assert two.silent() == "chosen"
    two.choice.answered("chosen")
    assert two.silent() == ""
    assert two.choice.unheard() == []


def test_who_comes_anew_gets_the_time_to_hear_of_it(monkeypatch: pytest.MonkeyPatch) -> None:
    chosen, other = Standby("chosen", spoke=101.0), Standby("other")
    two = network(monkeypatch, chosen, other)
    two.choice.made()
    two.now = other.spoke = 110.0
    two.choice.came("chosen")
    assert two.silent() == ""
    two.now = other.spoke = 111.5
    assert two.silent() == "chosen"


@pytest.mark.parametrize(("timeout", "patience"), [(5.0, 1.0), (60.0, 1.0), (2.0, 0.5)])
def test_who_keeps_writers_waiting_loses_the_word_to_one_that_has_what_they_wait_for(
    monkeypatch: pytest.MonkeyPatch, timeout: float, patience: float
) -> None:
    chosen, other = Standby("chosen", spoke=101.0), Standby("other")
    two = network(monkeypatch, chosen, other, timeout=timeout)
    two.choice.made()
    two.choice.answered("chosen")
    began, two.now = 105.0, 105.0 + patience
    assert two.silent(8, began) == ""
    two.now += 0.01
    assert two.silent(8, began) == "", "the other has it as little"
    other.acknowledged = 8
    assert two.silent(None, 0.0) == "", "nobody waits"
    assert two.silent(8, began) == "chosen"
    chosen.acknowledged = 8
    assert two.silent(8, began) == ""


def test_what_was_waited_for_before_it_had_the_word_does_not_count_against_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    chosen, other = Standby("chosen", spoke=101.0), Standby("other")
    two = network(monkeypatch, chosen, other)
    two.choice.made()
    two.choice.answered("chosen")
    other.acknowledged, two.now = 8, 100.9
    assert two.silent(8, 95.0) == ""
    two.now = 101.1
    assert two.silent(8, 95.0) == "chosen"
