"""For how long a standby has lacked something."""

from __future__ import annotations


class Lag:
    """One standby's, looked at about once a second: to that it is exact, and it remembers one moment only."""

    def __init__(self) -> None:
        self._number = 0
        self._since = 0.0

    def seconds(self, number: int, confirmed: int, at: float) -> float:
        """Return for how long, as of ``at`` (seconds of any clock), something of what there was has been missing.

        Args:
            number: batches that were written so far.
            confirmed: of those, how many the standby has.
            at: now.

        """
        if confirmed >= self._number:  # all that there was when it was looked at last
            self._number, self._since = number, at
        return at - self._since
