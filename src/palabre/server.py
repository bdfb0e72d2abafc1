"""The composition root: the only module that knows every part of a running network."""

from __future__ import annotations

import asyncio
import gc
import signal
import socket
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, Any, Final, cast

import structlog
from starlette.types import ASGIApp, Receive, Scope, Send

from palabre import clock, jobs, log
from palabre.accounts import app_tokens, renewal, sessions, signing_in
from palabre.accounts import events as accounts_events
from palabre.accounts.access import AccessCache
from palabre.announcements import events as announcements_events
from palabre.beacon import events as beacon_events
from palabre.clock import Instant
from palabre.config import Config, data_folder, load
from palabre.conversations import events as conversations_events
from palabre.conversations import subscriber as talking
from palabre.edge.doorkeeper import Doorkeeper
from palabre.edge.exports import Under as ExportsUnder
from palabre.edge.exports import sweep_exports
from palabre.edge.facts import Facts
from palabre.edge.films import Progress, sweep_sources
from palabre.edge.hooking import Hooking
from palabre.edge.imports import sweep_imports
from palabre.edge.limits import Limits
from palabre.edge.pumps import JobPump, PurgePump, SubscriberPump
from palabre.edge.pushing import Pushing
from palabre.edge.routing import Router
from palabre.edge.site import Site
from palabre.edge.stack import Requests, stack
from palabre.edge.sweeps import forget_facts, sweep_files, sweep_uploads
from palabre.emojis import events as emojis_events
from palabre.errors import Refusal, Unavailable
from palabre.events import Event
from palabre.filters import events as filters_events
from palabre.folder import Opened, open_folder, require_network
from palabre.graph import events as graph_events
from palabre.hooks import subscriber as hooking
from palabre.hooks.queries import Due
from palabre.journal import Subscriber
from palabre.moderation import events as moderation_events
from palabre.moderation import trending
from palabre.notifications import events as notifications_events
from palabre.notifications import subscriber as telling
from palabre.posts import actions as posts
from palabre.posts import events as posts_events
from palabre.push import subscriber as pushes
from palabre.search import actions as search
from palabre.search import subscriber as finding
from palabre.store import Database
from palabre.streaming.hub import Hub
from palabre.survival.beaconing import Keeper
from palabre.survival.errors import CannotListen, Fenced
from palabre.survival.followed import FollowedStore
from palabre.survival.promotion import require_no_followers
from palabre.survival.replication_watch import watch
from palabre.survival.report import Reporter
from palabre.survival.state import Part
from palabre.timelines.homes import Homes
from palabre.work import handlers

if TYPE_CHECKING:
    from palabre.survival.pointer import Pointer, Pointing
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
_UPKEEP_SECONDS = 600
KEYS_KEPT: Final = 8 * clock.DAY
"""How long a post sent twice is still known again: a day longer than an app keeps what it could not send."""
_MOST_FILES = 65_536
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
                ("upkeep", lambda: upkeep(site)),
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


def load_serving() -> None:
    """Load what serving needs, so that a server that takes over begins at once."""
    import uvicorn  # noqa: F401, PLC0415 - as they say
    import uvloop  # noqa: F401, PLC0415

    import palabre.api.routes  # noqa: PLC0415
    import palabre.edge.connections  # noqa: PLC0415
    import palabre.survival.pointer  # noqa: PLC0415
    import palabre.survival.primary  # noqa: PLC0415
    import palabre.survival.vaults.keeping  # noqa: PLC0415
    import palabre.web.routes  # noqa: F401, PLC0415


def load_while_following() -> None:
    """Do so in a standby, which may follow for years before that is needed."""
    load_serving()
    gc.collect()
    gc.freeze()
    gc.enable()  # connections come and go meanwhile


def get_ready(config: Config) -> None:
    """Load what serving needs, and see that this server can listen.

    Raises:
        CannotListen: another program has one of the ports.

    """
    load_serving()
    from palabre.survival.wire import Address  # noqa: PLC0415

    for host, port in ((config.host, config.port), Address.parse(config.standby_listen)):
        try:
            socket.create_server((host, port), family=socket.AF_INET6 if ":" in host else socket.AF_INET).close()
        except OSError as error:
            raise CannotListen(address=f"{host}:{port}", problem=error.strerror or type(error).__name__) from error


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


async def upkeep(site: Site) -> None:
    """Do every ten minutes what need not be done at once; runs until cancelled."""
    try:
        await sweep_files(site.db, site.media, before=Instant(clock.now() - clock.DAY))
    except Unavailable as later:  # nothing may be written now: tried again at the next start
        _server_log.warning("files were not swept", reason=str(later))
    except Exception:
        _server_log.exception("sweeping files failed")
    while True:
        await asyncio.sleep(_UPKEEP_SECONDS)
        try:
            await sweep_imports(site)
            await sweep_exports(site)
            await sweep_sources(site, before=Instant(clock.now() - clock.HOUR))
            await sweep_uploads(site.db, before=Instant(clock.now() - clock.DAY))
            await site.db.write_patiently(posts.forget_idempotency_keys, before=clock.now() - KEYS_KEPT)
            await site.db.write_patiently(sessions.forget_expired)
            await site.db.write_patiently(app_tokens.forget_expired)
            await site.db.write_patiently(signing_in.forget_expired)
            await site.db.write_patiently(trending.forget_reviews)
            await forget_facts(site.db, SUBSCRIBERS, known=site.facts.position)
            if await site.db.read_slow(search.is_scattered):
                while await site.db.write_patiently(search.tidy, await site.db.read_slow(search.prepare)):
                    pass
            gc.collect()
        except Unavailable as later:  # tried again in ten minutes, like what fails
            _server_log.warning("upkeep waits", reason=str(later))
        except Exception:
            _server_log.exception("upkeep failed")


def _collect_rarely() -> None:
    """Let the collector of cycles look through what is young only; :func:`upkeep` has it look through everything.

    A process with the windows of 5,000 readers has a million old objects, hardly any of them ever garbage, and the
    usual thresholds look through all of them every few seconds: everybody waits 100 ms for that.
    """
    gc.enable()
    gc.collect()
    gc.freeze()  # what is here now lives as long as the process: never look through it again
    gc.set_threshold(_YOUNG_OBJECTS, 20, 100_000)


def allow_files() -> None:
    """Allow as many connections at once as the machine does: the usual 1,024 are a few patient strangers."""
    import resource  # noqa: PLC0415 - not on every system

    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    most = _MOST_FILES if hard == resource.RLIM_INFINITY else min(hard, _MOST_FILES)
    if soft < most:
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, hard))


def create_app() -> Server:
    """Make the application for any ASGI server; the folder is ``PALABRE_DATA``, or ``data``."""
    return Server(data_folder())


def _prepare(config: Config) -> None:
    """Set up what belongs to the process, not to the network."""
    log.configure(config.log_format)
    allow_files()
    for number in (signal.SIGTERM, signal.SIGINT):  # uvicorn raises it again in the end; to stop as asked is success
        signal.signal(number, lambda *_: sys.exit(0))


def _socket(*args: Any, **kwargs: Any) -> Any:
    """Make the protocol of a WebSocket, when there is the first."""
    from palabre.edge.sockets import BoundedSocket  # noqa: PLC0415 - 3 MB until then

    return BoundedSocket(*args, **kwargs)


def served(folder: Path, config: Config, overrides: dict[str, Any]) -> Server | Pointing:
    """Return what answers: the network, or, where it has moved away, what sends on.

    Raises:
        Fenced: another server leads the network, and nobody said where it is.
        StillFollowed: as :func:`unfenced`.

    """
    part = Part(folder)
    if part.state.successor:
        from palabre.survival.pointer import Pointing  # noqa: PLC0415 - for those who have moved

        return Pointing(part, config)
    unfenced(folder, config)
    return Server(folder, **overrides)


def run(folder: Path, **overrides: Any) -> None:
    """Serve until SIGTERM or SIGINT; what is under way is finished first."""
    import uvicorn  # noqa: PLC0415 - another server may run create_app()

    from palabre.edge.connections import MOST_MESSAGE, PING_SECONDS, PONG_SECONDS, SWEEP_SECONDS, BoundedHttp, sweep  # noqa: PLC0415 - needs uvicorn

    config = load(folder, overrides)
    _prepare(config)
    if Part(folder).is_standby:
        from palabre.survival.standby import follow_until_promoted  # noqa: PLC0415 - for standbys only

        follow_until_promoted(
            folder, config, prepare=lambda: get_ready(config), load=load_while_following, overrides=overrides
        )
    require_network(folder)
    app = served(folder, config, overrides)

    class Watching(uvicorn.Server):
        """Ends connections that take too long; when it stops, tells long answers to end before it waits for them."""

        async def on_tick(self, counter: int) -> bool:
            if counter % int(SWEEP_SECONDS * 10) == 0:
                sweep(self.server_state.connections, asyncio.get_running_loop().time())
            return await super().on_tick(counter)

        def handle_exit(self, sig: int, frame: FrameType | None) -> None:
            if self.should_exit:
                self.force_exit = True  # asked twice: wait for nobody; what was acknowledged is on disk
            if app.site is not None:
                app.site.stopping = True
            super().handle_exit(sig, frame)

        async def shutdown(self, sockets: Any = None) -> None:
            if app.site is not None:
                app.site.stop()
            await super().shutdown(sockets)

    Watching(
        uvicorn.Config(
            app,
            host=config.host,
            port=config.port,
            loop="uvloop",
            http=BoundedHttp,
            ws=cast("Any", _socket),  # a function, so that nothing of it is loaded before the first comes
            ws_max_size=MOST_MESSAGE,
            ws_max_queue=8,
            ws_ping_interval=PING_SECONDS,
            ws_ping_timeout=PONG_SECONDS,
            ws_per_message_deflate=False,
            lifespan="on",
            log_config=None,
            access_log=False,
            server_header=False,
            proxy_headers=False,
            timeout_keep_alive=75,
            timeout_graceful_shutdown=max(1, int(config.shutdown_seconds)),
            backlog=4096,
        )
    ).run()
