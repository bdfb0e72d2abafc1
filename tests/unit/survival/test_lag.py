"""For how long a standby has lacked something."""

from __future__ import annotations

from palabre.survival.lag import Lag


def test_it_rises_while_something_is_missing_and_is_nothing_otherwise() -> None:
    lag = Lag()
    assert lag.seconds(0, 0, 100.0) == 0.0
    assert lag.seconds(5, 5, 101.0) == 0.0
    assert lag.seconds(5, 5, 160.0) == 0.0, "nothing was written meanwhile"
    assert lag.seconds(7, 5, 161.0) == 0.0, "written in this second"
    assert lag.seconds(7, 5, 170.0) == 9.0
    assert lag.seconds(9, 6, 172.0) == 11.0, "the oldest that is missing counts"
    assert lag.seconds(12, 8, 175.0) == 0.0, "it follows: what it lacks is younger than the last look"
    assert lag.seconds(12, 8, 178.0) == 3.0
    assert lag.seconds(12, 12, 179.0) == 0.0
