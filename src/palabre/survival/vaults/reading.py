"""Reads a vault with the recovery key and trusts nothing in it that does not verify."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from itertools import islice

from palabre.clock import Instant
from palabre.survival.vaults.errors import NothingToRestore, WrongKey
from palabre.survival.vaults.places import Missing, Place
from palabre.survival.vaults.recovery import Identity
from palabre.survival.vaults.sealed import FIRST_LINK, Opened, Verdict, check, log_name, log_number, seal_of, unpack

_AHEAD = 8
_LOOKS = 64


def contents(place: Place, names: Iterable[str]) -> Iterator[bytes | None]:
    """Fetch objects in order, some at a time; ``None`` for one that is missing."""

    def fetch(name: str) -> bytes | None:
        try:
            return place.get(name)
        except Missing:
            return None

    with ThreadPoolExecutor(_AHEAD, thread_name_prefix="palabre-fetch") as pool:
        left = iter(names)
        waiting: list[Future[bytes | None]] = [pool.submit(fetch, name) for name in islice(left, _AHEAD)]
        try:
            while waiting:
                content = waiting.pop(0).result()
                waiting += [pool.submit(fetch, name) for name in islice(left, 1)]
                yield content
        finally:
            for future in waiting:
                future.cancel()


class VaultLog:
    """The log of a vault, as far as it is there and good."""

    def __init__(self, place: Place, identity: Identity) -> None:
        """List the log, and make sure that the key is the right one.

        Raises:
            NothingToRestore: there is no log.
            WrongKey: the key is another network's.

        """
        self._place = place
        self._identity = identity
        self.numbers = sorted(number for name, _ in place.names("log") if (number := log_number(name)) is not None)
        if not self.numbers:
            raise NothingToRestore(place=place.shown, problem="there is no backup of Palabre in it")
        self.problems: list[str] = []
        self._said: set[int] = set()
        self._know_key()

    def _know_key(self) -> None:
        for number in [*self.numbers[-_LOOKS:][::-1], *self.numbers[:_LOOKS]]:
            try:
                content = self._place.get(log_name(number))
            except Missing:
                continue
            if check(self._identity.public, number, content, link=None) == "good":
                unpack(self._identity, number, content)
                return
        raise WrongKey(problem="is not the one of this vault, or nothing in the vault is whole")

    def read(self, number: int) -> Opened | None:
        """Return an object if it is there and good."""
        for _, opened, _ in self.run([number]):
            return opened
        return None

    def run(self, numbers: Iterable[int]) -> Iterator[tuple[int, Opened | None, Verdict | None]]:
        """Read objects in their order; what is missing or not good comes as ``None``, and is noted."""
        listed = list(numbers)
        link, linked = FIRST_LINK, 0
        for number, content in zip(listed, contents(self._place, map(log_name, listed)), strict=True):
            if content is None:
                self._note(number, "is missing")
                yield number, None, None
                continue
            verdict = check(self._identity.public, number, content, link=link if number == linked else None)
            if verdict == "good":
                link, linked = seal_of(content), number + 1
                yield number, unpack(self._identity, number, content), verdict
            else:
                self._note(number, "is damaged" if verdict == "damaged" else "does not follow the one before it")
                yield number, None, verdict

    def _note(self, number: int, what: str) -> None:
        if number not in self._said:
            self._said.add(number)
            self.problems.append(f"object {number} {what}")

    def newest_before(self, at: Instant | None) -> Opened:
        """Find the last good object of which nothing is newer than ``at``.

        Raises:
            NothingToRestore: everything is newer.

        """
        low, high = 0, len(self.numbers)  # the first that is newer lies in numbers[low:high + 1]
        found: Opened | None = None
        while low < high:
            middle = (low + high) // 2 if at is not None else high - 1
            opened, place = self._good_at_or_below(middle, low)
            if opened is None:  # nothing good from low to middle
                low = middle + 1
                continue
            if at is None or opened.head.at <= at:
                found = opened
                if at is None:
                    break
                low = middle + 1
            else:
                high = place
        if found is None:
            raise NothingToRestore(place=self._place.shown, problem="everything in it is newer than that moment")
        return found

    def _good_at_or_below(self, index: int, low: int) -> tuple[Opened | None, int]:
        for place in range(index, low - 1, -1):
            opened = self.read(self.numbers[place])
            if opened is not None:
                return opened, place
        return None, low
