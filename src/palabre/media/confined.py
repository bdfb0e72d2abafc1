"""The confined process: one picture or recording in on descriptor 0, what is drawn out on descriptor 1, then it ends.

It is started for one upload only, so that a decoder taken over by a hostile file meets nobody else's.
What takes long says how far it is, in lines of ``%`` and a percentage. The reply is one line of JSON, then the
encoded files one after the other.
"""

from __future__ import annotations

import json
import os
import re
import sys
from typing import Any

from palabre.media import confinement, rendering
from palabre.media.formats import Format

_OUT_OF_MEMORY = re.compile(r"(out of|insufficient|not enough) memory|memory alloc|allocate", re.IGNORECASE)


def main(order: str) -> None:
    """Do what ``order`` says (JSON: format, purpose, limits) with the bytes on standard input."""
    job: dict[str, Any] = json.loads(order)
    limits: dict[str, int] = job["limits"]
    fmt = Format(job["format"])
    rendering.prepare(fmt, job["purpose"])
    confinement.limit(memory=limits["memory"], cpu_seconds=limits["cpu_seconds"])
    layers = confinement.seal()
    pictures: list[rendering.Encoded] = []
    timing: Any = None
    try:
        if fmt.is_picture:
            drawn = rendering.draw(sys.stdin.buffer.read(limits["upload"]), fmt, job["purpose"], limits)
        else:
            from palabre.media import film  # noqa: PLC0415 - loaded by prepare

            drawn, timing = film.draw(sys.stdin.buffer, fmt, limits, _tell)
    except rendering.Refused as refused:
        reply: dict[str, Any] = {"refused": refused.reason, "details": refused.details}
    except (MemoryError, BlockingIOError):  # the latter: no room for another thread
        reply = {"refused": "bomb"}
    except Exception as error:  # a boundary: decoders raise all kinds for damaged data
        reply = {"refused": "bomb" if _OUT_OF_MEMORY.search(_said(error)) else "damaged"}
    else:
        pictures = [drawn.full, *([drawn.preview] if drawn.preview else [])]
        reply = {"blurhash": drawn.blurhash, "animated": drawn.animated}
        if timing is not None:
            reply["timing"] = timing._asdict()
    reply["layers"] = sorted(layers)
    reply["pictures"] = [
        {"format": p.format.value, "width": p.width, "height": p.height, "size": len(p.content)} for p in pictures
    ]
    for part in (json.dumps(reply).encode() + b"\n", *(p.content for p in pictures)):
        _write(part)
    os._exit(0)  # no clean-up of libraries that a hostile file has been through


def _tell(percent: int) -> None:
    _write(b"%%%d\n" % percent)


def _said(error: Exception) -> str:
    """Return all that ``error`` says; pyvips keeps the library's own words apart."""
    return f"{error} {getattr(error, 'detail', '')}"


def _write(part: bytes) -> None:
    view = memoryview(part)
    while view:
        view = view[os.write(1, view) :]
