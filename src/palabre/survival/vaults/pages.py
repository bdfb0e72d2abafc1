"""A vault of a network on SQLite: the pages of its database file."""

from __future__ import annotations

from palabre import clock
from palabre.ids import random_name
from palabre.survival.vaults.follower import Captured, LogFollower, clean
from palabre.survival.vaults.objects import Stopped
from palabre.survival.vaults.sealed import Begin, Changes, Complete, Piece, Step
from palabre.survival.vaults.vault import PUSH_MS, Vault

_PIECE_PAGES = 256
_BREATH = 0.002


class PagesVault(Vault[Captured]):
    """Writes pages, as the WAL and the database file have them."""

    source: LogFollower

    def continues(self) -> bool:
        """Tell whether the WAL still holds everything since the newest change in the vault."""
        return self.source.continues(self.state.position, self.state.closed)

    def _note_position(self, last: Captured) -> None:
        self.state.position = last.position

    def _push_changes(self, taken: list[Captured]) -> None:
        steps = [Step(at=one.at, size=one.size, pages=list(one.pages)) for one in taken]
        body = b"".join(clean(number, page) for one in taken for number, page in one.pages.items())
        known = self.state
        head = Changes(
            at=self._moment(taken[0].at),
            base=known.base,
            lineage=known.lineage,
            page_size=self.source.page_size,
            steps=steps,
        )
        self._put(head, body)

    def snapshot(self) -> None:
        """Put a copy of the whole database into the vault while the network goes on."""
        source, known = self.source, self.state
        files = self._files()
        with source.engine.still:
            held = source.begin_scan()
            with self._lock:
                if self._missed:
                    self._forget_pending()
                    known.lineage = random_name()
                    known.position = held.position
                    self._missed = False
                before_it = len(self._pending)
        self.push(before_it)  # and nothing that was committed after what is held
        before = known.base
        self._put(
            Begin(
                at=self._moment(held.at),
                lineage=known.lineage,
                before=before,
                page_size=source.page_size,
                files=files,
            )
        )
        first = known.number
        numbers = list(held.pages)
        for start in range(0, max(1, len(numbers)), _PIECE_PAGES):
            part = {number: held.pages[number] for number in numbers[start : start + _PIECE_PAGES]}
            self._push_changes([held._replace(pages=part)])
        pages = source.file_pages()
        pieces = 0
        for number in range(1, pages + 1, _PIECE_PAGES):
            body = source.file_piece(number, min(_PIECE_PAGES, pages + 1 - number))
            self._put(Piece(at=known.at, base=known.base, snapshot=first, first=number), body)
            pieces += 1
            if clock.now() - self._sent >= PUSH_MS:
                self.push()
            if self.behind():
                return  # too much happened meanwhile: the next turn begins anew
            if self.stopping.wait(_BREATH):
                raise Stopped
        source.capture()
        self.push()
        if self.behind():
            return
        self._put(Complete(at=self._moment(known.changed), base=known.base, snapshot=first, pieces=pieces))
        self._snapshot_is_whole(first, held.at, files)
