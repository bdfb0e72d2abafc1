"""Durable work to do later, enqueued with the change that asks for it; ordering keys, retries, dead letters."""

from palabre.jobs.queue import (
    Dead,
    Handler,
    Job,
    bury,
    claim,
    dead_letters,
    done,
    enqueue,
    hold,
    next_free,
    next_run,
    release,
    renew,
    retry_dead,
    troubled,
    waiting,
)

__all__ = [
    "Dead",
    "Handler",
    "Job",
    "bury",
    "claim",
    "dead_letters",
    "done",
    "enqueue",
    "hold",
    "next_free",
    "next_run",
    "release",
    "renew",
    "retry_dead",
    "troubled",
    "waiting",
]
