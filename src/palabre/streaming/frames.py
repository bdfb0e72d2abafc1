"""Events as they go over the wire: encoded once, whoever and however many they are for."""

from __future__ import annotations

from typing import Any, Final

import msgspec

Message = dict[str, Any]
"""An ASGI message; shared by all who get it, so nobody changes it."""

FRAME: Final = "frame"
"""Key of a WebSocket message under which its ready frame stands, for servers that take it as it is."""

_encode = msgspec.json.encode


class Ready:
    """An event, in each form that somebody asked for."""

    __slots__ = ("_events", "_sockets", "event", "payload")

    def __init__(self, event: str, payload: bytes | None) -> None:
        """``payload`` is JSON or an id; ``None`` for an event that says all by its name."""
        self.event = event
        self.payload = payload
        self._sockets: dict[tuple[str, ...], Message] = {}
        self._events: Message | None = None

    def socket(self, label: tuple[str, ...]) -> Message:
        """Return the WebSocket message for the stream ``label``."""
        made = self._sockets.get(label)
        if made is None:
            said: dict[str, Any] = {"stream": label, "event": self.event}
            if self.payload is not None:
                said["payload"] = self.payload.decode()
            text = _encode(said)
            made = self._sockets[label] = {"type": "websocket.send", "text": text.decode(), FRAME: text_frame(text)}
        return made

    def events(self) -> Message:
        """Return the piece of a stream of server-sent events; apps know ``undefined`` for nothing from Mastodon."""
        if self._events is None:
            body = b"event: %s\ndata: %s\n\n" % (self.event.encode(), self.payload or b"undefined")
            self._events = {"type": "http.response.body", "body": body, "more_body": True}
        return self._events


def text_frame(text: bytes) -> bytes:
    """Return a whole, unmasked text frame (RFC 6455, section 5.2)."""
    size = len(text)
    if size < 126:
        return b"\x81%c%b" % (size, text)
    if size < 65_536:
        return b"\x81\x7e%b%b" % (size.to_bytes(2, "big"), text)
    return b"\x81\x7f%b%b" % (size.to_bytes(8, "big"), text)


def size_of(message: Message) -> int:
    """Return about how many bytes a message takes on the wire."""
    return len(message.get(FRAME) or message.get("body") or message.get("text") or b"")


OPENED: Final[Message] = {"type": "http.response.body", "body": b":)\n", "more_body": True}
"""The first thing that a stream of server-sent events says."""

THUMP: Final[Message] = {"type": "http.response.body", "body": b":thump\n", "more_body": True}
"""What it says when it has nothing to say, so that proxies keep it."""
