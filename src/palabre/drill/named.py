"""The loss of a host, rehearsed on real ones that somebody names: once, by a command that destroys the primary."""

from __future__ import annotations

import asyncio
import random
import shlex
import sys
import time
from collections.abc import Callable
from typing import Final

import msgspec

from palabre import clock
from palabre.bench.http import WrongAnswer
from palabre.drill.figures import Round, report_of
from palabre.drill.host import Broken
from palabre.drill.load import Load, Target, count_posts, missing, until
from palabre.survival.drills import DrillReport

_STEADY_SECONDS: Final = (3.0, 6.0)
_TAKEOVER_SECONDS: Final = 120.0
_AFTER_SECONDS: Final = 3.0
_COMMAND_SECONDS: Final = 60.0


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """What will be done, and to whom."""

    targets: tuple[Target, Target]
    command: str
    tokens: tuple[str, ...]
    clients: int
    rate: float
    rto_limit: float
    writes_limit: float

    def __post_init__(self) -> None:
        """Refuse a command that cannot be read."""
        if not shlex.split(self.command):
            msg = "--kill-command is empty"
            raise ValueError(msg)

    def told(self) -> str:
        """Say it to whoever has to agree."""
        primary, standby = self.targets
        return (
            f"{self.clients} clients post {self.rate:.0f} times a second on {primary.name}, for nobody else to see,\n"
            f"as the owner{'s' if len(self.tokens) > 1 else ''} of the token{'s' if len(self.tokens) > 1 else ''}.\n"
            f"After some seconds this is run here:  {self.command}\n"
            f"Then {standby.name} has to serve. The posts stay; {primary.name} stays lost until somebody brings it "
            "back:\n  palabre standby join ADDRESS --data DATA"
        )


async def run(plan: Plan, tell: Callable[[str], None]) -> DrillReport:
    """Do it.

    Raises:
        Broken: the primary does not answer, or does not accept a token: nothing was done.

    """
    began, started = clock.now(), time.monotonic()
    primary, standby = plan.targets
    before = {token: await _posts_of(primary, token) for token in plan.tokens}
    load = Load(plan.targets, plan.tokens, clients=plan.clients, rate=plan.rate, visibility="direct")
    ledger, one, ended = load.ledger, Round(kind="command"), 0
    async with load:
        steady = random.uniform(*_STEADY_SECONDS)
        await asyncio.sleep(steady)
        one.writes_per_second = round(len(ledger.writes) / steady, 1)
        if not ledger.writes:
            raise Broken(f"nothing that was posted to {primary.name} was acknowledged; nothing was destroyed")
        tell(f"{len(ledger.writes)} posts acknowledged; now: {plan.command}")
        lost_at = time.monotonic()
        ended = await _destroy(plan.command)
        await until(lambda: ledger.first(1, since=0), _TAKEOVER_SECONDS)
        first = ledger.first(1, since=0)
        if first is None:
            one.problem = f"{standby.name} acknowledged nothing within {_TAKEOVER_SECONDS:.0f} s"
        else:
            one.rto_seconds = round(first.heard - lost_at, 2)
            tell(f"{standby.name} acknowledged a post {one.rto_seconds} s after the loss")
            await asyncio.sleep(_AFTER_SECONDS)
    if ended and not one.problem:
        one.problem = f"the command ended with status {ended}"
    one.acknowledged = len(ledger.writes)
    repeated = 0
    if first is not None:
        one.double_primaries = len(ledger.late(0, 1, since=0))
        one.lost = len(await missing(standby, ledger.writes))
        for token, most in ledger.attempted.items():
            repeated += max(0, await count_posts(standby, token) - before[token] - most)
    return report_of(
        "host-loss",
        began,
        time.monotonic() - started,
        [one],
        rto_limit=plan.rto_limit,
        writes_limit=plan.writes_limit,
        repeated=repeated,
        where=f"{primary.name}, {standby.name}",
        clients=plan.clients,
        rate=plan.rate,
        problems=[f"{count} answers with status {status}" for status, count in ledger.strange.items()],
    )


async def _posts_of(target: Target, token: str) -> int:
    try:
        return await count_posts(target, token)
    except WrongAnswer as wrong:
        raise Broken(f"{target.name} does not accept the token: {wrong}") from None
    except (OSError, EOFError) as error:
        raise Broken(f"{target.name} does not answer: {error}") from None


async def _destroy(command: str) -> int:
    """Run the command, without a shell; return how it ended."""
    try:
        running = await asyncio.create_subprocess_exec(
            *shlex.split(command), stdin=asyncio.subprocess.DEVNULL, stdout=sys.stderr.fileno()
        )
    except OSError as error:
        raise Broken(f"{command!r} cannot be run: {error.strerror}; nothing was destroyed") from None
    try:
        async with asyncio.timeout(_COMMAND_SECONDS):
            return await running.wait()
    except TimeoutError:
        running.kill()
        return -1
