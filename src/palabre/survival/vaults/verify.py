"""Proves that a vault holds what it should: every object and its seal, and with the recovery key a real restore."""

from __future__ import annotations

import tempfile
from pathlib import Path

import msgspec

from palabre import clock
from palabre.clock import Instant
from palabre.media.storage import MediaStore
from palabre.survival.vaults import state as states
from palabre.survival.vaults.errors import PlaceUnavailable
from palabre.survival.vaults.places import Place
from palabre.survival.vaults.reading import VaultLog, contents
from palabre.survival.vaults.rebuilding import Progress
from palabre.survival.vaults.recovery import Identity, Recovery
from palabre.survival.vaults.restore import Restored, restore
from palabre.survival.vaults.sealed import check, check_medium, log_name, log_number, media_name, seal_of

_SHOWN = 5
_MEDIA_GRACE = clock.MINUTE
_CLOCK_GRACE = clock.HOUR


class Verified(msgspec.Struct, kw_only=True):
    """What was found in a vault."""

    place: str
    good: bool
    problems: list[str]
    objects: int = 0
    bytes: int = 0
    as_of: Instant = Instant(0)
    """Everything committed by then is in it, as this server remembers."""
    oldest: Instant = Instant(0)
    """The moment of the oldest snapshot: one can restore to any moment since."""
    media: int = 0
    restored: Restored | None = None


class _Said:
    """Problems, of which only the first few of each kind are told one by one."""

    def __init__(self) -> None:
        self._by_kind: dict[str, list[str]] = {}

    def add(self, kind: str, one: str) -> None:
        self._by_kind.setdefault(kind, []).append(one)

    def lines(self) -> list[str]:
        return [
            f"{len(each)} {kind}: {', '.join(each[:_SHOWN])}{', …' if len(each) > _SHOWN else ''}"
            for kind, each in self._by_kind.items()
        ]


def verify(
    folder: Path, place: Place, recovery: Recovery, store: MediaStore, *, term: int, identity: Identity | None,
    progress: Progress,
) -> Verified:  # fmt: skip
    """Read all of a vault and compare it with what this server remembers; with the key, restore its newest state."""
    found = Verified(place=place.shown, good=False, problems=[])
    state = states.load(folder, place.shown)  # a server that runs adds to it meanwhile
    if not state.number:
        found.problems.append("nothing was put into it yet")
        return found
    said = _Said()
    try:
        place.prepare(new=False)
        _check_log(place, recovery, state, found, said, progress)
        there = {name for name, _ in place.names("media")}
        found.media = len(there)
        _check_media(place, recovery, store, there, said, progress)
        _check_gone(recovery, store, there, states.load_gone(folder, place.shown), said, term)
        _check_term(state, found, term)
        if identity is not None:
            _check_restore(place, identity, found, state.changed, term, progress)
    except PlaceUnavailable as away:
        found.problems.append(str(away))
    found.problems = said.lines() + found.problems
    if state.failing:
        found.problems.append(f"it cannot be kept since {clock.iso(state.failing)}: {state.problem}")
    found.as_of = states.load(folder, place.shown).as_of
    found.good = not found.problems
    return found


def _check_log(
    place: Place, recovery: Recovery, state: states.VaultState, found: Verified, said: _Said, progress: Progress
) -> None:
    sizes = {number: size for name, size in place.names("log") if (number := log_number(name)) is not None}
    for number in sorted(number for number in sizes if number < state.oldest):
        said.add("objects should have been removed", str(number))
    wanted = range(state.oldest, state.number + 1)
    link: bytes | None = None
    for number, content in zip(wanted, contents(place, map(log_name, wanted)), strict=True):
        progress(f"reading {place.shown}", number - state.oldest + 1, len(wanted))
        if content is None:
            said.add("objects are missing", str(number))
            link = None
            continue
        found.objects += 1
        found.bytes += len(content)
        if number < state.first_of_key:  # sealed with a key that was replaced since
            continue
        verdict = check(recovery, number, content, link=link)
        if verdict != "good":
            said.add("objects are damaged" if verdict == "damaged" else "objects are out of order", str(number))
        link = seal_of(content) if verdict == "good" else None
        if number == state.number and verdict == "good" and seal_of(content).hex() != state.seal:
            said.add("objects are not the ones that were put there", str(number))


def _check_media(
    place: Place, recovery: Recovery, store: MediaStore, there: set[str], said: _Said, progress: Progress
) -> None:
    """Read every medium that the network has; the seal is made with what the server keeps, no key is needed."""
    names = list(store.names(before=Instant(clock.now() - _MEDIA_GRACE)))
    sealed = (media_name(recovery, name) for name in names)
    for done, (name, content) in enumerate(zip(names, contents(place, sealed), strict=True)):
        progress(f"reading media of {place.shown}", done + 1, len(names))
        if media_name(recovery, name) not in there or content is None:
            if store.exists(name):  # it was not deleted in the meantime
                said.add("media are missing", name)
        elif not check_medium(recovery, name, content):
            said.add("media are damaged", name)


def _check_gone(
    recovery: Recovery, store: MediaStore, there: set[str], gone: states.MediaGone, said: _Said, term: int
) -> None:
    """Find media that were deleted longer ago than the term, as far as this server remembers."""
    over = {name for name, since in gone.since.items() if name in there and clock.now() - since > term}
    if over:  # one that was put back has not been looked at since, perhaps
        over -= {media_name(recovery, name) for name in store.names(before=Instant(clock.now() + clock.DAY))}
    for name in sorted(over):
        said.add("media should have been removed", name)


def _check_term(state: states.VaultState, found: Verified, term: int) -> None:
    if not state.base or not state.snapshots:
        found.problems.append("there is no whole snapshot in it yet")
        return
    found.oldest = state.snapshots[0].at
    if found.oldest < clock.now() - term:
        found.problems.append(f"it keeps what is older than the term, from {clock.iso(found.oldest)}")


def _check_restore(
    place: Place, identity: Identity, found: Verified, changed: Instant, term: int, progress: Progress
) -> None:
    with tempfile.TemporaryDirectory(prefix="palabre-verify-") as scratch:
        Path(scratch).chmod(0o711)  # PostgreSQL, which is not run by root, has to pass
        restored = restore(place, identity, Path(scratch) / "data", progress=progress)
    found.restored = restored
    if not restored.sound:
        found.problems.append("what it restores is not a sound database")
    if restored.at < changed:
        found.problems.append(f"it restores only what was there at {clock.iso(restored.at)}")
    found.problems += restored.problems
    if restored.media_missing:
        found.problems.append(f"{len(restored.media_missing)} media cannot be restored")
    log = VaultLog(place, identity)
    first = log.read(log.numbers[0])
    if first is not None and first.head.at < clock.now() - term - _CLOCK_GRACE:
        found.problems.append(f"its oldest object is of {clock.iso(first.head.at)}, before the term began")
