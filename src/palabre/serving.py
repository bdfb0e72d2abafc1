"""The process that serves: what it loads, when it listens, and how it stops."""

from __future__ import annotations

import asyncio
import gc
import signal
import socket
import sys
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, Any, cast

from palabre import log
from palabre.config import Config, load
from palabre.folder import require_network
from palabre.server import Server, unfenced
from palabre.survival.errors import CannotListen
from palabre.survival.state import Part

if TYPE_CHECKING:
    from palabre.survival.pointer import Pointing

_MOST_FILES = 65_536


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


def allow_files() -> None:
    """Allow as many connections at once as the machine does: the usual 1,024 are a few patient strangers."""
    import resource  # noqa: PLC0415 - not on every system

    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    most = _MOST_FILES if hard == resource.RLIM_INFINITY else min(hard, _MOST_FILES)
    if soft < most:
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, hard))


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
