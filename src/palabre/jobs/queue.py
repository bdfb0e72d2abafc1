"""The queue of jobs: a table, so that a job is there exactly when the change that asked for it is.

A job runs at least once. Its handler either works in one transaction that also removes the job (then exactly
once), or does something outside and must be idempotent. Of jobs with the same ordering key only the oldest
runs; a job that keeps failing becomes a dead letter, which is kept, listed and never stands in the way.

Who has claimed a job has it for a minute, and says within that time that it is still at work. So what a process that
was killed had begun is taken up by another, or by its successor, after a minute, however long the job takes.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Mapping
from typing import Any

import msgspec
from sqlalchemy import bindparam, case, exists, func, or_, select

from palabre.clock import HOUR, MINUTE, SECOND, Instant
from palabre.ids import new_id
from palabre.jobs.tables import job
from palabre.store.session import Snapshot, Transaction
from palabre.store.statement import Statement, among, delete, insert, statement, update

_LEASE = MINUTE
_ATTEMPTS = 12
_LONGEST_WAIT = 6 * HOUR

_elder = job.alias("elder")
_first_of_its_key = or_(
    job.c.ordering_key.is_(None),
    ~exists().where(_elder.c.ordering_key == job.c.ordering_key, _elder.c.id < job.c.id, _elder.c.dead.is_(False)),
)
_claimable = (
    select(job.c.id, job.c.kind, job.c.ordering_key, job.c.payload, job.c.attempts)
    .where(
        job.c.dead.is_(False),
        job.c.run_at <= bindparam("at"),
        job.c.leased_until <= bindparam("at"),
        ~among(job.c.kind, "full"),
        _first_of_its_key,
    )
    .order_by(job.c.run_at, job.c.id)
    .limit(bindparam("most"))
)
_CLAIMABLE = Statement(_claimable, _claimable.with_for_update(skip_locked=True, of=job))
_LEASE_IT = update(job, job.c.id == bindparam("job"), leased_until=bindparam("until"), attempts=job.c.attempts + 1)
_RENEW = update(job, job.c.id == bindparam("job"), job.c.dead.is_(False), leased_until=bindparam("until"))
_there = select(job.c.id).where(job.c.id == bindparam("job"))
_HOLD = Statement(_there, _there.with_for_update())
_INSERT = insert(job)
_RELEASE = update(job, job.c.leased_until > 0, leased_until=0)
_DONE = delete(job, job.c.id == bindparam("job"))
_AGAIN = update(job, job.c.id == bindparam("job"), run_at=bindparam("at"), leased_until=0, error=bindparam("reason"))
_BURY = update(job, job.c.id == bindparam("job"), dead=True, leased_until=0, error=bindparam("reason"))
_REVIVE = update(
    job, job.c.id == bindparam("job"), job.c.dead.is_(True), dead=False, attempts=0, run_at=bindparam("at")
)
_DEAD = statement(
    select(job.c.id, job.c.kind, job.c.payload, job.c.attempts, job.c.error, job.c.created)
    .where(job.c.dead.is_(True))
    .order_by(job.c.id.desc())
    .limit(bindparam("most"))
)
_TROUBLED = statement(
    select(job.c.kind, func.count().label("count"))
    .where(job.c.dead.is_(False), job.c.error.is_not(None))
    .group_by(job.c.kind)
)
_WAITING = statement(select(job.c.payload).where(job.c.dead.is_(False), job.c.kind == bindparam("kind")))
_next = select(func.min(case((job.c.leased_until > job.c.run_at, job.c.leased_until), else_=job.c.run_at))).where(
    job.c.dead.is_(False)
)
_NEXT = statement(_next)
_NEXT_FREE = statement(_next.where(_first_of_its_key))


class Job(msgspec.Struct, frozen=True):
    """A job that this process has claimed."""

    id: int
    kind: str
    ordering_key: str | None
    payload: str
    attempts: int
    """How often it was begun before this time."""

    def arguments(self, kind: type[Any]) -> Any:
        """Decode the payload."""
        return msgspec.json.decode(self.payload, type=kind)


Handler = Callable[[Job], Awaitable[None]]
"""Does one job in the shell; raising means: try again later."""


def enqueue(tx: Transaction, kind: str, payload: Any, *, key: str | None = None, at: Instant | None = None) -> int:
    """Ask for ``kind`` to be done with ``payload`` (anything msgspec encodes), not before ``at``; return its id."""
    number = new_id(tx.now)
    tx.run(
        _INSERT,
        id=number,
        kind=kind,
        ordering_key=key,
        payload=msgspec.json.encode(payload).decode(),
        run_at=tx.now if at is None else at,
        leased_until=0,
        attempts=0,
        dead=False,
        error=None,
        created=tx.now,
    )
    tx.wakes.add("jobs")
    return number


def claim(tx: Transaction, *, most: int = 20, room: Mapping[str, int] | None = None) -> list[Job]:
    """Take the jobs that may run now; nobody else gets them for a minute, which :func:`renew` makes longer.

    ``room`` says of some kinds how many more of them may run; the others are as many as there are.
    """
    left = dict(room or {})
    full = [kind for kind, more in left.items() if more <= 0]
    found = []
    for row in tx.all(_CLAIMABLE, at=tx.now, most=most, full=full):
        one = Job(*row)
        if one.kind in left:
            if left[one.kind] <= 0:
                continue
            left[one.kind] -= 1
        tx.run(_LEASE_IT, job=one.id, until=tx.now + _LEASE)
        found.append(one)
    return found


def renew(tx: Transaction, numbers: Iterable[int]) -> None:
    """Keep claimed jobs for another minute: whoever claimed them is still at work."""
    for number in numbers:
        tx.run(_RENEW, job=number, until=tx.now + _LEASE)


def hold(tx: Transaction, number: int) -> bool:
    """Keep everybody else from a job until the end of the transaction; return whether it is still to be done."""
    return tx.value(_HOLD, job=number) is not None


def release(tx: Transaction) -> int:
    """Give back what an earlier process had claimed; return how much. Only for one alone with its database."""
    tx.wakes.add("jobs")
    return tx.change(_RELEASE)


def done(tx: Transaction, number: int) -> None:
    """Remove a job whose work is done; in the transaction of that work, where it has one."""
    tx.run(_DONE, job=number)
    tx.wakes.add("jobs")


def bury(tx: Transaction, failed: Job, error: str) -> bool:
    """Put a failed job back with a longer wait, or among the dead letters; return whether it is dead."""
    tx.wakes.add("jobs")
    if failed.attempts + 1 >= _ATTEMPTS:
        tx.run(_BURY, job=failed.id, reason=error[:1000])
        return True
    wait = min(_LONGEST_WAIT, 5 * SECOND * 2**failed.attempts)
    tx.run(_AGAIN, job=failed.id, at=tx.now + wait, reason=error[:1000])
    return False


class Dead(msgspec.Struct, frozen=True):
    """A job that was given up."""

    id: int
    kind: str
    payload: str
    attempts: int
    error: str | None
    created: int


def dead_letters(db: Snapshot, *, most: int = 100) -> list[Dead]:
    """Return the jobs that were given up, newest first."""
    return db.structs(_DEAD, Dead, most=most)


def retry_dead(tx: Transaction, number: int) -> bool:
    """Give a dead letter another life; return whether there was one."""
    tx.wakes.add("jobs")
    return tx.change(_REVIVE, job=number, at=tx.now) > 0


def next_run(db: Snapshot) -> int | None:
    """Return when the next job wants to run (milliseconds since 1970), or ``None``."""
    value = db.value(_NEXT)
    return None if value is None else int(value)


def next_free(db: Snapshot) -> int | None:
    """Return when the next job that no elder holds back wants to run; dearer than :func:`next_run`."""
    value = db.value(_NEXT_FREE)
    return None if value is None else int(value)


def troubled(db: Snapshot) -> dict[str, int]:
    """Return how many jobs of each kind have failed and wait for another try."""
    return {str(kind): int(count) for kind, count in db.all(_TROUBLED)}


def waiting(db: Snapshot, kind: str, payload: type[Any]) -> list[Any]:
    """Return what is still to be done of ``kind``, decoded as ``payload``."""
    return [msgspec.json.decode(text, type=payload) for (text,) in db.all(_WAITING, kind=kind)]
