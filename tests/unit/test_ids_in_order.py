"""Ids of one millisecond are in the order in which they were made, also when the clock has gone back."""

from __future__ import annotations

from palabre.ids import _Newest, count_of, new_id

NOW = 1_790_000_000_000


def test_ids_of_one_millisecond_are_in_order(monkeypatch) -> None:
    monkeypatch.setattr(_Newest, "number", 0)
    monkeypatch.setattr(_Newest, "behind", 0)
    made = [new_id(NOW) for _ in range(200)]
    assert made == sorted(set(made))
    counts = [count_of(each) for each in made]
    assert counts == sorted(set(counts)), "two of them are one for apps that count"


def test_they_are_in_order_although_something_of_a_later_day_was_made_before(monkeypatch) -> None:
    monkeypatch.setattr(_Newest, "number", 0)
    monkeypatch.setattr(_Newest, "behind", 0)
    later = new_id(NOW + 86_400_000)
    made = [new_id(NOW) for _ in range(200)]
    assert made == sorted(set(made))
    assert later > made[-1]
    assert new_id(NOW + 86_400_000) > later
