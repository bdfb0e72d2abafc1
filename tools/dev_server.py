"""Serves while the source changes: restarts `palabre serve`, rebuilds scripts and styles. `make dev` runs it."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from types import FrameType

ROOT = Path(__file__).parents[1]
_WATCHED = {".py", ".html", ".toml", ".json", ".svg", ".sql"}
_EVERY_SECONDS = 0.4


def changes(folder: Path) -> Iterator[None]:
    """Yield whenever a file of a watched kind was changed, made or removed."""
    before: dict[Path, float] = {}
    while True:
        now = {path: path.stat().st_mtime for path in folder.rglob("*") if path.suffix in _WATCHED and path.exists()}
        if before and now != before:
            yield
        before = now
        time.sleep(_EVERY_SECONDS)


def stop(process: subprocess.Popen[bytes]) -> None:
    """End a child, patiently."""
    if process.poll() is None:
        process.terminate()
        try:
            process.wait(6)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _leave(_number: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt


def main() -> None:
    """Serve until Ctrl-C."""
    signal.signal(signal.SIGTERM, _leave)
    command = [str(Path(sys.executable).with_name("palabre")), "serve", *sys.argv[1:]]
    children = [
        subprocess.Popen(["node", "tools/build_assets.mjs", "--watch"], cwd=ROOT, stdin=subprocess.DEVNULL),  # noqa: S607
        subprocess.Popen(command, cwd=ROOT),  # noqa: S603
    ]
    try:
        for _ in changes(ROOT / "src"):
            stop(children[1])
            children[1] = subprocess.Popen(command, cwd=ROOT)  # noqa: S603
    except KeyboardInterrupt:
        sys.stdout.write("\n")
    finally:
        for child in children:
            stop(child)


if __name__ == "__main__":
    main()
