"""The composition root: the only module that knows every part of a running network."""

from __future__ import annotations

import asyncio
import gc
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import structlog
from starlette.types import ASGIApp, Receive, Scope, Send

from palabre import clock, jobs, upkeep
from palabre.accounts import events as accounts_events
from palabre.accounts import renewal
from palabre.accounts.access import AccessCache
from palabre.announcements import events as announcements_events
from palabre.beacon import events as beacon_events
from palabre.clock import Instant
from palabre.config import Config, data_folder, load
from palabre.conversations import events as conversations_events
from palabre.conversations import subscriber as talking
from palabre.edge.doorkeeper import Doorkeeper
from palabre.edge.exports import Under as ExportsUnder
from palabre.edge.facts import Facts
from palabre.edge.films import Progress, sweep_sources
from palabre.edge.hooking import Hooking
from palabre.edge.limits import Limits
from palabre.edge.pumps import JobPump, PurgePump, SubscriberPump
from palabre.edge.pushing import Pushing
from palabre.edge.routing import Router
from palabre.edge.site import Site
from palabre.edge.stack import Requests, stack
from palabre.emojis import events as emojis_events
from palabre.errors import Refusal
from palabre.events import Event
from palabre.filters import events as filters_events
from palabre.folder import Opened, open_folder
from palabre.graph import events as graph_events
from palabre.hooks import subscriber as hooking
from palabre.hooks.queries import Due
from palabre.journal import Subscriber
from palabre.moderation import events as moderation_events
from palabre.notifications import events as notifications_events
from palabre.notifications import subscriber as telling
from palabre.posts import events as posts_events
from palabre.push import subscriber as pushes
from palabre.search import actions as search
from palabre.search import subscriber as finding
from palabre.store import Database
from palabre.streaming.hub import Hub
from palabre.survival.beaconing import Keeper
from palabre.survival.errors import Fenced
from palabre.survival.followed import FollowedStore
from palabre.survival.promotion import require_no_followers
from palabre.survival.replication_watch import watch
from palabre.survival.report import Reporter
from palabre.survival.state import Part
from palabre.timelines.homes import Homes
from palabre.work import handlers

if TYPE_CHECKING:
    from palabre.survival.pointer import Pointer
    from palabre.survival.primary import Primary
    from palabre.survival.vaults.keeping import Vaults

SUBSCRIBERS: Final[tuple[Subscriber, ...]] = (
    telling.subscriber, talking.subscriber, pushes.subscriber, hooking.subscriber,
    finding.subscriber,
)  # fmt: skip
"""Everybody who reacts to facts with rows of their own."""

_EVENT_MODULES: Final = (
    accounts_events, beacon_events, emojis_events, filters_events, graph_events, posts_events, notifications_events,
    conversations_events, announcements_events, moderation_events,
)  # fmt: skip
_YOUNG_OBJECTS = 10_000
"""So many new objects that may be part of cycles are looked through at a time."""

_server_log = structlog.get_logger("server")


def known_events() -> list[type[Event]]:
    """Return every kind of fact that this version states."""
    return [
        value
        for module in _EVENT_MODULES
        for value in vars(module).values()
        if isinstance(value, type) and issubclass(value, Event) and value is not Event
    ]


class Server:
    """An ASGI application that opens its network at start-up and closes it at shut-down."""

    def __init__(self, folder: Path, **overrides: Any) -> None:
        self._folder = folder
        self._overrides = overrides
        self._app: ASGIApp | None = None
        self._pointer: Pointer | None = None
        self.site: Site | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request, or the lifespan."""
        if scope["type"] == "lifespan":
            await self._lifespan(receive, send)
            return
        if self._app is None:
            msg = "the server has not started"
            raise RuntimeError(msg)
        if self._pointer is None:
            await self._app(scope, receive, send)
        else:
            await self._pointer(scope, receive, send, self._app)

    async def _lifespan(self, receive: Receive, send: Send) -> None:
        await receive()
        async with AsyncExitStack() as running:
            try:
                await running.enter_async_context(self._open())
            except Refusal as refusal:
                _server_log.error("cannot start", reason=str(refusal))
                await send({"type": "lifespan.startup.failed", "message": str(refusal)})
                raise
            except OSError as error:  # a folder that is not ours to read, a disk that is gone
                _server_log.error("cannot start", reason=str(error))
                await send({"type": "lifespan.startup.failed", "message": str(error)})
                raise
            except Exception as error:
                _server_log.exception("cannot start")
                await send({"type": "lifespan.startup.failed", "message": str(error)})
                raise
            await send({"type": "lifespan.startup.complete"})
            await receive()
        await send({"type": "lifespan.shutdown.complete"})

    @asynccontextmanager
    async def _open(self) -> AsyncIterator[None]:
        part = unfenced(self._folder, load(self._folder, self._overrides))
        opened = open_folder(self._folder, owner=True, **self._overrides)
        config, database = opened.config, opened.database
        media_store = FollowedStore(self._folder / "media")
        vaults = follow(self._folder, config, database, media_store)  # before anything is written
        facts = Facts(database, known_events())
        await facts.start()
        if database.dialect == "sqlite":  # nobody else is at work on this file
            await database.write(jobs.release)
        await take_up(opened)
        site = assemble(opened, facts, media_store, part)
        keep_senders(site)
        await empty(site)
        await site.remember()
        await database.read(site.lighthouse.load)  # apps believe no answer without a proof, the first one neither
        pumps = [SubscriberPump(database, each) for each in SUBSCRIBERS]
        workers = JobPump(database, handlers(site))
        purge = PurgePump(database, wait_seconds=1.0 if database.dialect == "sqlite" else 60.0)
        facts.after += [*(pump.told for pump in pumps), workers.told, purge.told]
        requests = Requests()
        self._app = application(site, requests)
        self.site = site
        hub = site.part(Hub)
        tasks = [
            asyncio.create_task(run(), name=name)
            for name, run in [
                ("facts", facts.follow),
                *((f"subscriber {pump.subscriber.name}", pump.run) for pump in pumps),
                ("jobs", workers.run),
                ("purge", purge.run),
                ("upkeep", lambda: upkeep.run(site, SUBSCRIBERS)),
                ("live updates", hub.run),
                ("signs of life", hub.beat),
                ("replication", lambda: watch(database, site.part(Reporter).note)),
                ("beacon", Keeper(site, self._folder).run),
            ]
        ]
        primary = await lead(config, database, media_store, part, vaults, self._overrides)
        if vaults:
            vaults.start()
        if primary:
            self._pointer = primary.pointer
            primary.hand_over.moved = lambda: rest(site, tasks, vaults)
        stop_metrics = start_metrics(site, requests, vaults) if config.metrics_port else None
        _collect_rarely()
        try:
            yield
        finally:
            site.stop()
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            await workers.stop()
            await close_senders(site)
            if stop_metrics:
                await asyncio.to_thread(stop_metrics)
            if primary:
                primary.shipper.closing = True
            await asyncio.to_thread(database.close)
            if vaults:
                await asyncio.to_thread(vaults.stop)
            if primary:
                await primary.stop()


def unfenced(folder: Path, config: Config) -> Part:
    """Return the part of a server that was not replaced, nor can be without its knowledge; nothing is written before.

    Raises:
        Fenced: it was.
        StillFollowed: it does not listen for standbys, and one may be promoted.

    """
    part = Part(folder)
    if part.state.fenced:
        raise Fenced(folder=folder, epoch=part.state.fenced)
    require_no_followers(part, config)
    return part


def assemble(opened: Opened, facts: Facts, media_store: FollowedStore, part: Part) -> Site:
    """Put together what requests share."""
    config = opened.config
    homes = Homes(config.window_cache_bytes)
    access = AccessCache(opened.keyring)
    facts.takers += [homes.apply, access.apply]
    return Site(
        config=config,
        database=opened.database,
        keyring=opened.keyring,
        media=media_store,
        facts=facts,
        homes=homes,
        access=access,
        limits=Limits(enabled=config.limits == "on", trusted_proxies=trusted(config, part)),
        folder=opened.folder,
    )


def keep_senders(site: Site) -> None:
    """Make what speaks to other hosts on behalf of jobs."""
    site.keep(Pushing(site))
    site.keep(Hooking(site, _told))


async def close_senders(site: Site) -> None:
    """Close their connections."""
    await site.part(Pushing).close()
    await site.part(Hooking).close()


async def empty(site: Site) -> None:
    """Remove what an earlier run left of uploads; note how far the present ones are."""
    site.keep(Progress())
    site.keep(ExportsUnder())
    site.empty_tmp()
    await sweep_sources(site, before=Instant(clock.now()))


async def take_up(opened: Opened) -> None:
    """Ask for what is still to do: a new key for what an old one protects, an index of what was written before."""
    await opened.database.write(search.begin)
    if opened.keyring.pending:
        await opened.database.write(renewal.begin, opened.keyring)


def follow(folder: Path, config: Config, database: Database, media_store: FollowedStore) -> Vaults | None:
    """Let the vaults of the settings, if there are any, follow the database."""
    if not config.vaults:
        return None
    from palabre.survival.vaults.keeping import Vaults  # noqa: PLC0415 - for those who have a vault

    vaults = Vaults(folder, config, database, media_store)
    vaults.attach()
    return vaults


async def lead(
    config: Config,
    database: Database,
    media_store: FollowedStore,
    part: Part,
    vaults: Vaults | None,
    overrides: dict[str, Any],
) -> Primary | None:
    """Let standbys follow, if the settings say where they connect."""
    if not config.standby_listen:
        return None
    from palabre.survival.pointer import Pointer  # noqa: PLC0415 - as the next
    from palabre.survival.primary import Primary  # noqa: PLC0415 - TLS and certificates: for those with standbys

    primary = await Primary.start(config, database, media_store, Pointer(part, config), overrides)
    if vaults:
        primary.shipper.replaced = vaults.give_up
    return primary


def rest(site: Site, tasks: list[asyncio.Task[None]], vaults: Vaults | None) -> None:
    """Stop all work of our own, for the network has moved; what is asked here goes to the successor."""
    site.stop()  # who listens here connects again, and listens there
    for task in tasks:
        task.cancel()
    if vaults:
        vaults.rest()


def trusted(config: Config, part: Part) -> tuple[str, ...]:
    """Return whose word about a member's address is taken: proxies, and a predecessor that sends members on."""
    return (*config.trusted_proxies, *(("127.0.0.1", "::1") if part.state.announce is not None else ()))


def start_metrics(site: Site, requests: Requests, vaults: Vaults | None) -> Callable[[], None]:
    """Serve the metrics; return what stops that."""
    from palabre import metrics  # noqa: PLC0415 - 5 MB for those who want them

    return metrics.start(site, requests, site.config.metrics_port, vaults)


async def _told(site: Site, found: Due) -> bytes | None:
    from palabre.api.telling import body_of  # noqa: PLC0415 - as the routes: after the site's parts exist

    return await body_of(site, found)


def application(site: Site, requests: Requests) -> ASGIApp:
    """Put routes and middleware together."""
    from palabre.api.routes import routes as api_routes  # noqa: PLC0415 - after the site's parts exist
    from palabre.web.routes import otherwise  # noqa: PLC0415
    from palabre.web.routes import routes as web_routes  # noqa: PLC0415

    router = Router([*api_routes(site), *web_routes(site)], state=site, otherwise=otherwise(site))
    lighthouse = site.lighthouse
    return stack(
        Doorkeeper(router, site.is_barred),
        secure=site.config.secure,
        count=requests.add,
        proof=lighthouse.proof,
        origins=lighthouse.readers,
    )


def _collect_rarely() -> None:
    """Let the collector of cycles look through what is young only; the upkeep has it look through everything.

    A process with the windows of 5,000 readers has a million old objects, hardly any of them ever garbage, and the
    usual thresholds look through all of them every few seconds: everybody waits 100 ms for that.
    """
    gc.enable()
    gc.collect()
    gc.freeze()  # what is here now lives as long as the process: never look through it again
    gc.set_threshold(_YOUNG_OBJECTS, 20, 100_000)


def create_app() -> Server:
    """Make the application for any ASGI server; the folder is ``PALABRE_DATA``, or ``data``."""
    return Server(data_folder())
