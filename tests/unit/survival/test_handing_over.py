"""Who may serve alone, and to whom the network is given."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any, cast

import pytest

from palabre.config import Config
from palabre.store.wal import NOWHERE
from palabre.survival.errors import StillFollowed
from palabre.survival.handover import HandOver
from palabre.survival.promotion import require_no_followers
from palabre.survival.state import Began, Part
from palabre.survival.wire import HandedOver, Refused


def test_a_server_whose_standbys_may_be_promoted_does_not_serve_without_listening_for_them(tmp_path: Path) -> None:
    part = Part(tmp_path)
    require_no_followers(part, Config())
    part.accept("b" * 32, b"certificate")
    require_no_followers(part, Config())  # it was never told that it is in step
    part.change(guarded=True)
    with pytest.raises(StillFollowed, match="standby_listen"):
        require_no_followers(part, Config())
    require_no_followers(part, Config(standby_listen="127.0.0.1:1"))
    require_no_followers(part, Config(durability="local"))  # the operator has said that writes are here only
    part.change(handed_to="b" * 32)
    with pytest.raises(StillFollowed, match="--cancel"):
        require_no_followers(part, Config(durability="local"))


class Server:
    """What a hand-over speaks to: members, the writer, the standby."""

    def __init__(self) -> None:
        self.in_step = "standby"
        self.handed = self.held = False
        self.number = self.acknowledged = 7
        self.at = NOWHERE
        self.quiet = asyncio.Event()

    def look(self) -> None:
        pass

    def hold(self) -> None:
        self.held = True

    def resume(self) -> None:
        self.held = False

    async def written(self, *, seconds: float) -> None:
        assert seconds > 0
        await self.quiet.wait()

    async def write(self, action: object) -> None:
        assert callable(action)

    async def read(self, action: object) -> int:
        assert callable(action)
        return 5


async def _given(part: Part, server: Server, *, connected: bool) -> tuple[Any, Any]:
    stage = cast("Any", server)
    hand_over = HandOver(stage, part, stage, stage)
    first = asyncio.create_task(hand_over.begin("standby", "a move", connected=lambda: connected))
    await asyncio.sleep(0)
    second = await hand_over.begin("standby", "another", connected=lambda: True)  # it asks again on another line
    server.quiet.set()
    return await first, second


def test_the_network_is_given_once_to_who_still_listens(tmp_path: Path) -> None:
    async def go() -> None:
        part, server = Part(tmp_path), Server()
        given, again = await _given(part, server, connected=True)
        assert given == HandedOver(number=7, move="a move")
        assert isinstance(again, str)
        assert (part.state.handed_to, server.held) == ("standby", True)
        assert part.state.handed_at == Began(salt=b"", frames=0, facts=5)

    asyncio.run(go())


def test_who_is_gone_before_it_hears_of_it_is_given_nothing(tmp_path: Path) -> None:
    async def go() -> None:
        part, server = Part(tmp_path), Server()
        given, _ = await _given(part, server, connected=False)
        assert given == "the connection was lost"
        assert (part.state.handed_to, server.handed, server.held) == ("", False, False), "members are served on"

    asyncio.run(go())


def test_what_cannot_be_noted_is_not_given(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async def go() -> None:
        part, server = Part(tmp_path), Server()

        def full(**_: object) -> None:
            raise OSError(28, "No space left on device")

        monkeypatch.setattr(part, "change", full)
        given, _ = await _given(part, server, connected=True)
        assert given == "that cannot be noted: No space left on device"
        assert (server.handed, server.held) == (False, False)

    asyncio.run(go())


def test_a_standby_may_lead_by_the_move_that_was_given_to_it_and_by_no_other(tmp_path: Path) -> None:
    part, stage = Part(tmp_path), cast("Any", Server())
    hand_over = HandOver(stage, part, stage, stage)

    def asked(name: str = "standby", move: str = "a move") -> HandedOver | Refused:
        return hand_over.may_lead(name, move)

    assert asked() == Refused(reason="the move was cancelled", epoch=1), "nothing was handed over"
    part.change(handed_to="standby", move="a move")
    for wrong in (asked(move="an earlier one"), asked(move=""), asked(name="another")):
        assert isinstance(wrong, Refused)
        assert not part.state.let_go
    assert asked() == HandedOver(number=7, move="a move")
    assert Part(tmp_path).state.let_go, "it is on the disk before the standby hears of it"
    assert asked() == HandedOver(number=7, move="a move"), "whose answer was lost asks again"
    hand_over.came_back("standby")
    assert isinstance(asked(), Refused), "who follows again has given it back"
    assert (part.state.handed_to, part.state.move, part.state.let_go) == ("", "", False)
    part.change(handed_to="standby", move="a move", fenced=4)
    assert asked() == Refused(reason="another server leads", epoch=4)
