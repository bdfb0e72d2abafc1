"""The ceiling: the same server program sends the same bytes from memory.

``python -m palabre.bench.ceiling FILE PORT``.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import msgspec
import uvicorn


class Canned(msgspec.Struct):
    """An answer kept in a file."""

    headers: list[tuple[str, str]]
    body: bytes


def main(file: str, port: str) -> None:
    """Answer every request with what is in the file."""
    canned = msgspec.msgpack.decode(Path(file).read_bytes(), type=Canned)
    headers = [(name.encode(), value.encode()) for name, value in canned.headers if name != "date"]
    start = {"type": "http.response.start", "status": 200, "headers": headers}
    body = {"type": "http.response.body", "body": canned.body}

    async def app(_scope: Any, _receive: Any, send: Any) -> None:
        await send(start)
        await send(body)

    uvicorn.run(
        app,
        port=int(port),
        loop="uvloop",
        http="httptools",
        ws="none",
        lifespan="off",
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,
        timeout_keep_alive=75,
        backlog=4096,
    )


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2])
