"""Clients made with Mastodon.py, for tests: members of a running network who use nothing else."""

from __future__ import annotations

import io
import time
from collections.abc import Callable
from contextlib import ExitStack
from typing import Any

import requests
from mastodon import Mastodon, StreamListener
from PIL import Image

from running import RunningServer

_AT_ONCE = 12


def picture() -> bytes:
    """A JPEG."""
    made = io.BytesIO()
    Image.new("RGB", (320, 200), "teal").save(made, "JPEG")
    return made.getvalue()


def ids(things: list[Any]) -> list[str]:
    """Return the ids of what a list shows."""
    return [str(each.id) for each in things]


def soon(found: Callable[[], Any], seconds: float = 120, *, shown: object = "") -> Any:
    """Wait until ``found`` gives something: notifications are written a moment after what they are about."""
    deadline = time.monotonic() + seconds
    while not (value := found()):
        assert time.monotonic() < deadline, f"it did not come in time: {value!r} {shown!r}"
        time.sleep(0.05)
    return value


class Clients:
    """Makes clients for one network, and closes their connections in the end."""

    def __init__(self, network: RunningServer) -> None:
        self.network = network
        self._open = ExitStack()
        self._tokens: list[str] = []
        self._made = 0

    def client(self, **options: Any) -> Mastodon:
        """Make a client."""
        session = self._open.enter_context(requests.Session())
        session.trust_env = False
        return Mastodon(api_base_url=self.network.base_url, ratelimit_method="throw", session=session, **options)

    def members(self, count: int) -> list[Mastodon]:
        """Return the clients of new members; a command makes several at once, since starting it takes longest."""
        if len(self._tokens) < count:
            names = [f"member_{self._made + at:04}" for at in range(max(count, _AT_ONCE))]
            self._made += len(names)
            self._tokens += [person.token for person in self.network.accounts(names)]
        return [self.client(access_token=self._tokens.pop()) for _ in range(count)]

    def close(self) -> None:
        """Close all connections."""
        self._open.close()


class Heard(StreamListener):  # type: ignore[misc]
    """What a stream has said."""

    def __init__(self) -> None:
        self.said: list[tuple[str, Any]] = []
        self.errors: list[str] = []

    def on_any_event(self, name: str, data: Any = None) -> None:
        """Keep everything."""
        self.said.append((name, data))

    def __repr__(self) -> str:
        """Show which events came, and what went wrong."""
        return f"{[name for name, _ in self.said]} {self.errors}"

    def on_abort(self, err: Any) -> None:
        """Keep why it ended."""
        self.errors.append(repr(err))

    def on_websocket_error(self, error: Any, for_stream: Any = None) -> None:
        """Keep what was refused."""
        self.errors.append(str(error))

    def has(self, event: str, suits: Callable[[Any], bool] = lambda _: True) -> bool:
        """Whether an event came that suits."""
        return any(name == event and suits(data) for name, data in tuple(self.said))

    def names(self, event: str, post: Any) -> bool:
        """Whether an event came about this post, or whose id it is."""
        return self.has(event, lambda data: str(getattr(data, "id", data)) == str(post.id))
