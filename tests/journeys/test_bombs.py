"""Pictures made to exhaust, sent to a server as it is set up: refused for what they are, at little cost to it."""

from __future__ import annotations

import psutil
import pytest

from running import RunningServer
from unit.media.test_hostile import BOMBS


def spent_on_children(server: RunningServer) -> float:
    """Processor time of all processes that the server had started, and that have ended."""
    assert server.process
    times = psutil.Process(server.process.pid).cpu_times()
    return float(times.children_user + times.children_system)


@pytest.mark.parametrize(
    "name",
    ["png of 2.5 gigapixels", "jpeg drawn a hundred times", "gif of a million frames", "heic of 3.6 gigapixels"],
)
def test_a_bomb_costs_a_server_two_seconds_of_processor_time_at_most(sqlite_server: RunningServer, name: str) -> None:
    make, refusal = BOMBS[name]
    member = sqlite_server.account(f"bomber{list(BOMBS).index(name)}")
    before = spent_on_children(sqlite_server)
    with member.client() as client:
        answer = client.post("/api/v2/media", files={"file": ("a.png", make(), "image/png")})
        assert answer.status_code == 422
        assert 0 < spent_on_children(sqlite_server) - before <= 2
        assert answer.json()["details"]["file"][0]["error"] == refusal.code
        assert client.get("/api/v1/timelines/home").status_code == 200
