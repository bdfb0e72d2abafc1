"""Carries imports on: reads the archive, draws its pictures, writes slice after slice. Blocks: call it in a thread.

Everything that matters is in the database: killed at any moment, an import goes on where it was, and what was
drawn for a slice that was not written is removed by the sweep of files that no row names.
"""

from __future__ import annotations

import contextlib
import shutil
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any, Protocol

import msgspec

from palabre import clock
from palabre.errors import Refusal, Unavailable
from palabre.imports import actions
from palabre.imports.archive import Archive, open_archive
from palabre.imports.errors import ReadingInterrupted, RunNotFound
from palabre.imports.model import ImportedMedia, ImportRun, Reason, State
from palabre.imports.planfile import PlanFile, Steps
from palabre.imports.queries import already_here
from palabre.imports.reading import read_archive
from palabre.media import captions
from palabre.media.errors import FilmsNotTaken, FilmTooWide, MediaTooLarge, RecordingTooLong, UnsupportedMedia
from palabre.media.model import Limits as PictureLimits
from palabre.media.model import ProcessedPicture, Purpose, StoredPicture, film_limits
from palabre.media.processing import process_film, process_picture
from palabre.media.storage import MediaStore, keep, new_name

_FILM_BYTES = 256 << 20
"""Of a video or a recording, which was accepted elsewhere: X takes 512 MB, Mastodon 99."""
_FILM_SECONDS = 3_600
_LEFT_OUT = (
    (MediaTooLarge, Reason.TOO_LARGE),
    (RecordingTooLong, Reason.TOO_LARGE),
    (FilmTooWide, Reason.TOO_LARGE),
    (FilmsNotTaken, Reason.VIDEO),
    (UnsupportedMedia, Reason.NOT_SUPPORTED),
)
"""Why a file is left out that the network refuses."""
_PATIENCE = 5
"""How often a picture waits for its turn before it is left out."""


class Write(Protocol):
    """Runs an action on the database and waits until it is durable."""

    def __call__(self, action: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Any:
        """Run ``action(tx, *args, **kwargs)``."""
        ...


class Pace(msgspec.Struct, frozen=True, kw_only=True):
    """How much of the machine an import takes."""

    slice: int
    """Posts written in one transaction."""
    pictures: int
    """Pictures drawn before their posts are written."""
    rest: float
    """Time off after each slice, as a share of the time it took."""
    drawing: int
    """Pictures drawn at the same moment."""
    seconds: float | None
    """Time after which the rest is left to another call; None for no end."""


BESIDE_REQUESTS = Pace(slice=50, pictures=4, rest=1.0, drawing=1, seconds=120.0)
"""In a server: a slice takes some milliseconds of the writer, and members' pictures find a place."""
ALONE = Pace(slice=200, pictures=16, rest=0.0, drawing=2, seconds=None)
"""By command."""


class Places(msgspec.Struct, frozen=True):
    """Where the files of one import are."""

    archive: Path
    folder: Path
    """For the plan and temporary files; removed when the import is over."""

    @property
    def plan(self) -> Path:
        """The plan."""
        return self.folder / "plan"


def places_of(data: Path, run: int) -> Places:
    """Return where the files of a durable import are in a network's folder."""
    folder = data / "imports" / str(run)
    return Places(folder / "archive", folder)


def take_in(data: Path, run: int, upload: Path) -> None:
    """Move an uploaded file to where the import ``run`` looks for it; call this before ``begin_import``."""
    places = places_of(data, run)
    places.folder.mkdir(mode=0o700, parents=True)
    shutil.move(upload, places.archive)


def forget(data: Path, run: int) -> None:
    """Remove the files of an import, if there are any."""
    shutil.rmtree(places_of(data, run).folder, ignore_errors=True)


def forget_others(data: Path, unfinished: list[int]) -> None:
    """Remove the files of all imports that are not ``unfinished``: a crash may have left some."""
    known = {str(run) for run in unfinished}
    recent = clock.now() - clock.HOUR  # an upload is moved here just before its import begins
    for folder in (data / "imports").glob("*"):
        if folder.name not in known and folder.stat().st_mtime_ns < recent * 1_000_000:
            shutil.rmtree(folder, ignore_errors=True)


class Importer:
    """Does the work of imports on one database and one media store."""

    def __init__(
        self,
        *,
        write: Write,
        media: MediaStore,
        here: actions.Here,
        pace: Pace,
        picture_limits: PictureLimits | None = None,
    ) -> None:
        """Keep what the work needs; ``write`` is called from the thread that works."""
        self._write = write
        self._media = media
        self._here = here
        self._pace = pace
        self._picture_limits = picture_limits or PictureLimits()

    def work(
        self,
        run: int,
        places: Places,
        *,
        stopping: Callable[[], bool] = lambda: False,
        told: Callable[[ImportRun], None] = lambda _: None,
    ) -> ImportRun:
        """Carry the import ``run`` on until it is over, its time is up, or ``stopping`` says so.

        ``told`` hears how it stands after each slice. When it is over, its files are removed; the archive too if
        it lies in their folder.
        """
        try:
            state: ImportRun = self._write(actions.note_reading, run)
        except RunNotFound:
            shutil.rmtree(places.folder, ignore_errors=True)
            raise
        try:
            if state.state is State.READING or not places.plan.exists():
                state = self._read(state, places, stopping)
            told(state)
            if state.state is State.RUNNING:
                state = self._follow(state, places, stopping, told)
        except Unavailable:
            raise  # tried again later
        except Refusal as refusal:
            state = self._write(actions.fail_import, run, refusal.code)
        if state.state.over:
            shutil.rmtree(places.folder, ignore_errors=True)
        return state

    def _read(self, run: ImportRun, places: Places, stopping: Callable[[], bool]) -> ImportRun:
        if run.state.over:
            return run
        places.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        header = read_archive(
            places.archive,
            places.plan,
            name=run.name,
            source=run.source,
            here=self._here.terms.domain,
            now=run.created,
            stopping=stopping,
        )
        state: ImportRun = self._write(actions.note_plan, run.id, header)
        return state

    def _follow(
        self,
        state: ImportRun,
        places: Places,
        stopping: Callable[[], bool],
        told: Callable[[ImportRun], None],
    ) -> ImportRun:
        began = clock.monotonic()
        pace = self._pace
        with contextlib.closing(PlanFile(places.plan)) as plan, self._pictures(state, places, stopping) as draw:
            while not state.state.over and not stopping():
                slice_began = clock.monotonic()
                if pace.seconds is not None and slice_began - began > pace.seconds:
                    break
                steps = plan.steps(state.place, most=pace.slice, pictures=pace.pictures)
                state = self._step(state, steps, draw)
                told(state)
                time.sleep((clock.monotonic() - slice_began) * pace.rest)
        return state

    def _step(self, state: ImportRun, steps: Steps, draw: Callable[[Steps], actions.Pictures]) -> ImportRun:
        posts = [item for item in steps.items if getattr(item, "media", ())]
        if posts:  # what came before is not drawn again
            known = self._write(already_here, state.account, [post.name for post in posts])
            posts = [post for post in posts if post.name not in known]
        pictures = draw(Steps(steps.begin, steps.end, list(posts))) if posts else {}
        used: set[str] = set()
        try:
            changed: ImportRun
            changed, used = self._write(actions.import_steps, state.id, steps, pictures, self._here)
        finally:
            superfluous = [
                name
                for member, found in pictures.items()
                if member not in used and not isinstance(found, Reason)
                for name in found.names
            ]
            if superfluous:
                self._media.delete(superfluous)
        return changed

    @contextlib.contextmanager
    def _pictures(
        self, run: ImportRun, places: Places, stopping: Callable[[], bool]
    ) -> Iterator[Callable[[Steps], actions.Pictures]]:
        """Open the archive again, for its pictures, when the first is wanted."""
        with contextlib.ExitStack() as stack:
            pool = stack.enter_context(ThreadPoolExecutor(self._pace.drawing, thread_name_prefix="palabre-import"))
            archive: Archive | None = None
            drawn_unless_stopped = partial(self._drawn, stopping)

            def draw(steps: Steps) -> actions.Pictures:
                nonlocal archive
                if archive is None:
                    archive = stack.enter_context(
                        open_archive(places.archive, name=run.name, source=run.source, folder=places.folder)
                    )
                media = [each for item in steps.items for each in getattr(item, "media", ())]
                contents = [  # one after the other: an archive has one position
                    _content(archive, each, places.folder / f"film-{number}") for number, each in enumerate(media)
                ]
                drawn = dict(
                    zip((each.member for each in media), pool.map(drawn_unless_stopped, media, contents), strict=True)
                )
                for film in places.folder.glob("film-*"):  # also what could not be read to its end
                    film.unlink(missing_ok=True)
                return drawn | self._captions(archive, media)

            yield draw

    def _captions(self, archive: Archive, media: list[ImportedMedia]) -> dict[str, actions.Captions]:
        found: dict[str, actions.Captions] = {}
        for each in media:
            content = archive.picture(each.captions) if each.captions else None
            if content is None:
                continue
            try:
                clean = captions.cleaned(content.decode("utf-8", "replace"))
            except Refusal:
                continue
            name = new_name("vtt")
            self._media.put(name, clean.encode())
            found[each.captions] = actions.Captions(name)
        return found

    def _drawn(
        self, stopping: Callable[[], bool], media: ImportedMedia, content: bytes | Path | None
    ) -> StoredPicture | Reason:
        if content is None:
            return Reason.DAMAGED

        def heard(_percent: int) -> None:
            if stopping():  # nobody waits minutes for a server to stop
                raise ReadingInterrupted

        for _ in range(_PATIENCE):
            try:
                return keep(self._media, self._processed(media, content, heard))
            except ReadingInterrupted:
                raise
            except Unavailable:  # every place is taken
                time.sleep(1)
            except Refusal as refusal:
                return next((reason for kind, reason in _LEFT_OUT if isinstance(refusal, kind)), Reason.DAMAGED)
        return Reason.REFUSED

    def _processed(
        self, media: ImportedMedia, content: bytes | Path, heard: Callable[[int], None]
    ) -> ProcessedPicture:
        if isinstance(content, Path):
            limits = film_limits(upload=_FILM_BYTES, seconds=_FILM_SECONDS)
            return process_film(content, limits=limits, heard=heard)
        return process_picture(content, purpose=Purpose(media.purpose), limits=self._picture_limits)


def _content(archive: Archive, media: ImportedMedia, path: Path) -> bytes | Path | None:
    """Return a picture, or ``path`` if the video could be copied there."""
    if not media.film:
        return archive.picture(media.member)
    return path if archive.film(media.member, path) else None
