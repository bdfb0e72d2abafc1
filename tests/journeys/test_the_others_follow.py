"""Several standbys: when one of them leads, the others follow it by themselves, and count for it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from palabre.survival.node import Node
from palabre.survival.state import Part
from standbys import Host, Proxy, Writer, missing, until

pytestmark = pytest.mark.crash


@contextmanager
def three(folder: Path, **settings: object) -> Iterator[list[Host]]:
    """A primary and two standbys; all three have everything."""
    one = Host(folder / "one", **settings).start()
    hosts = [one, *(Host(folder / name, new=False, origin=one.base_url, **settings) for name in ("two", "three"))]
    try:
        for host in hosts[1:]:
            host.join(one.address, one.invite()).follow()
            until(lambda host=host: follows(host, one), f"it follows:\n{host.said()}")
        until(lambda: all(knows(each, other) for each, other in (hosts[1:], hosts[:0:-1])), "the two know each other")
        yield hosts
    finally:
        for host in hosts:
            host.kill()


def name_of(host: Host) -> str:
    return Node(host.data / "survival").name


def follows(host: Host, leader: Host) -> bool:
    """Whether the leader hears from this standby, which has everything."""
    peers = leader.last().get("peers", [])
    return any(peer["name"] == name_of(host) and peer["connected"] and peer["behind"] == 0 for peer in peers)


def counts(host: Host, leader: Host) -> bool:
    """Whether writes to the leader are answered by this standby's word."""
    peers = leader.last().get("peers", [])
    return leader.has_standby() and any(peer["name"] == name_of(host) and peer["in_step"] for peer in peers)


def knows(host: Host, other: Host) -> bool:
    """Whether a standby was told where the other would listen."""
    return any(peer.address == other.address for peer in Part(host.data).peers())


def test_the_loss_of_one_and_then_of_its_successor_takes_nothing_along(tmp_path: Path) -> None:
    (tmp_path / "place").mkdir()
    usual = {"auto_failover": "true", "lease_seconds": 4.0, "lease": f"folder:{tmp_path}/place"}
    with three(tmp_path, **usual) as hosts:
        first, *others = hosts
        ana = first.account("ana")
        leads = first
        with Writer(ana, lambda: leads.base_url, threads=2, pause=0.02) as writer:
            until(lambda: len(writer.acknowledged) > 10, "some posts")
            first.kill()
            until(lambda: any(other._is_ready() for other in others), "one of the two leads by the lease")
            second, third = others if others[0]._is_ready() else others[::-1]
            leads, so_far = second, len(writer.acknowledged)
            until(lambda: len(writer.acknowledged) > so_far + 10, f"posts go on:\n{second.said()}")
            until(lambda: counts(third, second), f"the third follows it:\n{third.said()}\n{second.said()}")
            so_far = len(writer.acknowledged)
            until(lambda: len(writer.acknowledged) > so_far + 10, f"it confirms what is written:\n{second.said()}")
            second.kill()
            third.wait_ready()
            leads, so_far = third, len(writer.acknowledged)
            until(lambda: len(writer.acknowledged) > so_far + 10, f"posts go on once more:\n{third.said()}")
        assert Part(third.data).state.epoch == 3
        assert missing(ana, third.base_url, writer.acknowledged) == []


def test_a_standby_leaves_a_primary_that_lives_and_was_replaced(tmp_path: Path) -> None:
    """Without a lease: the first does not hear of its successor, and the third could go on confirming its writes."""
    with three(tmp_path) as (first, second, third):
        way = Proxy(first.standby_port)  # by which the second reaches the first
        try:
            second.kill()
            Part(second.data).change(primary=f"127.0.0.1:{way.port}")
            second.follow()
            until(lambda: follows(second, first), "the second follows by the way that will be cut")
            ana = first.account("ana")
            with Writer(ana, lambda: first.base_url, threads=1, pause=0.02) as writer:
                until(lambda: len(writer.acknowledged) > 5, "some posts")
                until(lambda: follows(second, first), "both have them")
                way.cut.set()
                for listed in Part(second.data).peers():  # nor may it ask the first by another way
                    if listed.name == name_of(first):
                        Part(second.data).accept(listed.name, listed.certificate, address=f"127.0.0.1:{way.port}")
                second.command("promote", "--data", str(second.data), "--yes", "--force")
                second.wait_ready()
                until(lambda: counts(third, second), f"the third changes sides:\n{third.said()}")
                until(lambda: first.last().get("role") == "fenced", f"and tells the first:\n{first.said()}")
                late = len(writer.acknowledged)
                until(lambda: writer.refused > 3, "the first refuses what is written")
                assert len(writer.acknowledged) <= late + 1
            state = Part(third.data).state
            assert (state.epoch, state.primary) == (2, second.address)
            # What the third confirmed to the first, and the second never had, is not lost with the change.
            lost = set(missing(ana, second.base_url, writer.acknowledged))
            kept = [json.loads(path.read_bytes()) for path in third.data.glob("survival/aside-*/report.json")]
            assert bool(kept) == bool(lost)
            assert sum(report["facts"].get("post.created", 0) for report in kept) >= len(lost)
        finally:
            way.close()


def test_who_was_removed_is_not_known_to_the_others_either(tmp_path: Path) -> None:
    with three(tmp_path) as (first, second, third):
        first.command("standby", "remove", name_of(third), "--data", str(first.data), "--yes")
        until(lambda: not knows(second, third), "the second forgets the third")
        assert knows(second, first), "its primary it knows by itself"
