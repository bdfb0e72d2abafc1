"""What runs beside requests: subscribers that read the journal, and jobs."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

import structlog

from palabre import clock, jobs, journal
from palabre.errors import Unavailable
from palabre.events import Event
from palabre.journal.subscriber import mark_failure
from palabre.store import Database, Snapshot, Transaction

_IDLE_SECONDS = 30.0
_WAIT_AFTER_FAILURE = 5.0
_AT_ONCE = 32
_CONTENDED_SECONDS = 1.0
_RENEW_SECONDS = 20.0
"""A third of the time for which a job is claimed."""

_log = structlog.get_logger("pumps")


class SubscriberPump:
    """Lets one subscriber read the journal whenever something it cares about has happened."""

    def __init__(self, database: Database, subscriber: journal.Subscriber) -> None:
        self._database = database
        self.subscriber = subscriber
        self._wake = asyncio.Event()
        self._wake.set()

    def told(self, facts: list[Event], _wakes: set[str]) -> None:
        """Wake if one of ``facts`` matters."""
        if not self._wake.is_set() and any(self.subscriber.cares_about(fact) for fact in facts):
            self._wake.set()

    async def run(self) -> None:
        """Advance until cancelled; a failure is noted where operators see it, and tried again."""
        while True:
            try:
                async with asyncio.timeout(_IDLE_SECONDS):
                    await self._wake.wait()
            except TimeoutError:
                pass
            self._wake.clear()
            try:
                while await self._database.write(journal.advance, self.subscriber) >= 500:
                    pass
            except Unavailable as later:  # no standby or no lease: nobody may write now, this neither
                _log.warning("a subscriber waits", subscriber=self.subscriber.name, reason=str(later))
                await asyncio.sleep(_WAIT_AFTER_FAILURE)
                self._wake.set()
            except Exception as error:  # it keeps its cursor: nothing is lost, everything waits
                _log.exception("a subscriber cannot go on", subscriber=self.subscriber.name)
                try:
                    await self._database.write(mark_failure, self.subscriber.name, f"{type(error).__name__}: {error}")
                except Exception:
                    _log.exception("nor can that be noted", subscriber=self.subscriber.name)
                await asyncio.sleep(_WAIT_AFTER_FAILURE)
                self._wake.set()


class InTransaction:
    """A job that is one write: its work and its removal commit together, so it happens exactly once.

    The function returns whether all is done; if not, the job stays and runs again for the next slice.
    """

    def __init__(self, work: Callable[[Transaction, Any], bool], payload: type[Any]) -> None:
        self.work = work
        self.payload = payload


class InShell:
    """A job that does something outside the database: at least once, so it must be idempotent."""

    def __init__(
        self, work: Callable[[Any], Awaitable[None]], payload: type[Any], *, most: int | None = None
    ) -> None:
        """``most``: how many run at once. What waits for strangers or works for minutes leaves room for the rest."""
        self.work = work
        self.payload = payload
        self.most = most


JobHandlers = Mapping[str, InTransaction | InShell]


class JobPump:
    """Runs the jobs that are due."""

    def __init__(self, database: Database, handlers: JobHandlers) -> None:
        self._database = database
        self._handlers = handlers
        self._wake = asyncio.Event()
        self._shares = {
            kind: handler.most
            for kind, handler in handlers.items()
            if isinstance(handler, InShell) and handler.most is not None
        }
        self._running: dict[asyncio.Task[None], jobs.Job] = {}
        self.done = 0
        self.failed = 0

    def told(self, _facts: list[Event], wakes: set[str]) -> None:
        """Wake when a job was enqueued."""
        if "jobs" in wakes:
            self._wake.set()

    async def run(self) -> None:
        """Claim and run until cancelled."""
        renewing = asyncio.create_task(self._renew(), name="leases of jobs")
        try:
            while True:
                try:
                    await self._step()
                except Unavailable as later:
                    _log.warning("jobs wait", reason=str(later))
                    await asyncio.sleep(_WAIT_AFTER_FAILURE)
                except Exception:  # the database may be away for a while
                    _log.exception("cannot look for jobs")
                    await asyncio.sleep(_WAIT_AFTER_FAILURE)
        finally:
            renewing.cancel()

    async def _renew(self) -> None:
        """Tell others every now and then that we are still at what runs here."""
        while True:
            await asyncio.sleep(_RENEW_SECONDS)
            if self._running:
                try:
                    await self._database.write(jobs.renew, [job.id for job in self._running.values()])
                except Exception as later:  # the next time, or somebody else does it too
                    _log.warning("jobs could not be kept", reason=str(later) or type(later).__name__)

    async def _step(self) -> None:
        self._wake.clear()
        free = _AT_ONCE - len(self._running)
        wait = await self._wait(jobs.next_run)
        if free <= 0:
            wait = _IDLE_SECONDS  # the first of those that run wakes us when it is done
        elif wait <= 0:
            claimed = await self._database.write(jobs.claim, most=free, room=self._room())
            under_way = {job.id for job in self._running.values()}
            for job in claimed:
                if job.id in under_way:
                    continue  # it could not be renewed in time, and runs on
                task = asyncio.create_task(self._one(job))
                self._running[task] = job
                task.add_done_callback(self._finished)
            if claimed:
                return
            wait = await self._wait(jobs.next_free)  # what is due waits for an elder: done or buried, it wakes us
            if wait <= 0:  # another process takes it in this moment
                wait = _CONTENDED_SECONDS
        try:
            async with asyncio.timeout(min(max(wait, 0.02), _IDLE_SECONDS)):
                await self._wake.wait()
        except TimeoutError:
            pass

    def _room(self) -> dict[str, int]:
        """Say of each kind that has a share how many more of it may run."""
        running = Counter(job.kind for job in self._running.values())
        return {kind: most - running[kind] for kind, most in self._shares.items()}

    async def _wait(self, when: Callable[[Snapshot], int | None]) -> float:
        """Return how many seconds it is until then."""
        at = await self._database.read(when)
        return _IDLE_SECONDS if at is None else (at - clock.now()) / 1_000

    def _finished(self, task: asyncio.Task[None]) -> None:
        self._running.pop(task, None)
        self._wake.set()

    async def _one(self, job: jobs.Job) -> None:
        handler = self._handlers.get(job.kind)
        try:
            if handler is None:
                msg = f"nothing here does jobs of the kind {job.kind}"
                raise LookupError(msg)  # noqa: TRY301 - buried like any other failure
            payload = job.arguments(handler.payload)
            if isinstance(handler, InTransaction):
                while not await self._database.write_patiently(self._work_and_remove, handler, job.id, payload):
                    pass
            else:
                await handler.work(payload)
                await self._database.write(jobs.done, job.id)
            self.done += 1
        except asyncio.CancelledError:
            raise
        except Unavailable as later:  # nothing is broken here, so nobody needs the trace
            _log.warning("a job could not be done yet", kind=job.kind, attempt=job.attempts + 1, reason=str(later))
            await self._bury(job, later)
        except Exception as error:  # tried again later, and visible as a dead letter in the end
            _log.exception("a job failed", kind=job.kind, attempt=job.attempts + 1)
            await self._bury(job, error)

    async def _bury(self, job: jobs.Job, error: Exception) -> None:
        self.failed += 1
        try:
            await self._database.write(jobs.bury, job, f"{type(error).__name__}: {error}")
        except Unavailable as later:  # nothing is written at this time: when its lease has run out, it is tried again
            _log.warning("a job waits", kind=job.kind, reason=str(later))

    @staticmethod
    def _work_and_remove(tx: Transaction, handler: InTransaction, number: int, payload: Any) -> bool:
        if not jobs.hold(tx, number):
            return True  # another process did it: this one had not said for a minute that it was still at it
        finished = handler.work(tx, payload)
        if finished:
            jobs.done(tx, number)
        return finished

    async def stop(self) -> None:
        """Let running jobs go; their leases bring them back."""
        for task in tuple(self._running):
            task.cancel()
        await asyncio.gather(*self._running, return_exceptions=True)


class PurgePump:
    """Empties the database's log soon after something was deleted, so that no file shows it any more."""

    def __init__(self, database: Database, *, wait_seconds: float = 1.0) -> None:
        self._database = database
        self._wait = wait_seconds
        self._wake = asyncio.Event()
        self._wake.set()  # the server may have ended between a deletion and its purge

    def told(self, _facts: list[Event], wakes: set[str]) -> None:
        """Wake when something was deleted."""
        if "purge" in wakes:
            self._wake.set()

    async def run(self) -> None:
        """Purge until cancelled, at most once per ``wait_seconds``."""
        while True:
            await self._wake.wait()
            await asyncio.sleep(self._wait)
            self._wake.clear()
            try:
                await asyncio.to_thread(self._database.engine.purge)
            except Exception:  # a reader may be in the way: the next turn does it
                _log.info("the log could not be emptied yet")
                self._wake.set()
