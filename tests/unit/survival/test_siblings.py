"""What standbys of one primary know of each other."""

from __future__ import annotations

from pathlib import Path

import pytest

from palabre.survival.siblings import address_of, change_to, keep_siblings, siblings_of
from palabre.survival.state import Part
from palabre.survival.wire import Address, Sibling


@pytest.mark.parametrize(
    ("listens", "address"),
    [
        ("10.0.0.2:8100", "10.0.0.2:8100"),
        ("two.example.org:8100", "two.example.org:8100"),
        ("0.0.0.0:8100", "192.0.2.7:8100"),
        ("[::]:8100", "192.0.2.7:8100"),
        ("[2001:db8::2]:8100", "[2001:db8::2]:8100"),
        ("", ""),
        ("8100", ""),
    ],
)
def test_where_a_standby_can_be_reached(listens: str, address: str) -> None:
    assert address_of(listens, "192.0.2.7") == address


def test_an_address_is_read_as_it_is_written() -> None:
    for text in ("10.0.0.2:8100", "[2001:db8::2]:8100", "two.example.org:1"):
        assert str(Address.parse(text)) == text


def sibling(name: str, port: int = 8100) -> Sibling:
    return Sibling(name=name, certificate=name.encode(), address=f"10.0.0.1:{port}")


def named(part: Part) -> dict[str, str]:
    return {peer.name: peer.address for peer in part.peers()}


def test_each_is_told_of_the_others_whose_place_is_known(tmp_path: Path) -> None:
    part = Part(tmp_path)
    part.accept("a", b"a", address="10.0.0.1:8100")
    part.accept("b", b"b", address="10.0.0.1:8200")
    part.accept("c", b"c")
    assert siblings_of(part.peers(), "a") == [sibling("b", 8200)]
    assert siblings_of(part.peers(), "c") == [sibling("a"), sibling("b", 8200)]


def test_who_is_not_named_any_more_is_forgotten_but_not_who_was_met(tmp_path: Path) -> None:
    part = Part(tmp_path)
    part.accept("primary", b"primary", address="10.0.0.9:8100")
    keep_siblings(part, [sibling("a"), sibling("b"), sibling("me")], "me")
    assert named(part) == {"primary": "10.0.0.9:8100", "a": "10.0.0.1:8100", "b": "10.0.0.1:8100"}
    keep_siblings(part, [sibling("b", 8200), sibling("primary", 8300)], "me")
    assert named(part) == {"primary": "10.0.0.9:8100", "b": "10.0.0.1:8200"}, "the way by which it was met is good"
    keep_siblings(part, [], "me")
    assert named(part) == {"primary": "10.0.0.9:8100"}


def test_who_leads_now_is_known_from_then_on(tmp_path: Path) -> None:
    part = Part(tmp_path)
    keep_siblings(part, [sibling("a")], "me")
    change_to(part, part.peers()[0])
    keep_siblings(part, [], "me")  # it does not speak of itself
    assert named(part) == {"a": "10.0.0.1:8100"}
    assert (part.state.primary, part.state.primary_certificate) == ("10.0.0.1:8100", b"a")


def test_a_server_stays_known_where_it_was(tmp_path: Path) -> None:
    part = Part(tmp_path)
    part.accept("a", b"a", address="10.0.0.1:8100", told=True)
    first = part.peers()[0]
    part.accept("a", b"a")
    again = part.peers()[0]
    assert (again.since, again.address, again.told) == (first.since, "10.0.0.1:8100", False)
