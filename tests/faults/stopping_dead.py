"""Ends a process as a power cut would, at a chosen one of the steps that leave something on the disk."""

from __future__ import annotations

import os
import re
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any

_STEPS = ("fsync", "rename", "replace", "unlink")


class Steps:
    """Counts the steps of this process on files whose names do not say that they may be lost.

    A step is named by its number, by what it does (``unlink standby``), or, for a file that is put in its place, by
    what stands in it: ``writing`` and a regular expression.
    """

    def __init__(self, die_before: int | str | None, *, die_after: str | None = None) -> None:
        self.taken: list[str] = []
        self._dying = (die_before, die_after)
        for name in _STEPS:
            setattr(os, name, self._counted(name, getattr(os, name)))

    def dying(self) -> tuple[int | str | None, str | None]:
        """Before which step it dies, and after which."""
        return self._dying

    def _counted(self, name: str, real: Callable[..., Any]) -> Callable[..., Any]:
        def step(target: Any, *more: Any, **options: Any) -> Any:
            before, after = self.dying()
            path = os.fspath(Path(f"/proc/self/fd/{target}").readlink() if isinstance(target, int) else target)
            if "status.json" not in path:
                what = f"{name} {Path(path).name}"
                if before in (len(self.taken), what) or _writes(name, path, before):
                    os.kill(os.getpid(), signal.SIGKILL)
                self.taken.append(what)
            last = _writes(name, path, after)
            done = real(target, *more, **options)
            if last:
                os.kill(os.getpid(), signal.SIGKILL)
            return done

        return step


class StepsOfSettings(Steps):
    """Looks at each step where the process is to die: it may be a fork, which is told after it was made."""

    def __init__(self) -> None:
        super().__init__(None)

    def dying(self) -> tuple[int | str | None, str | None]:
        return os.environ.get("DIE_BEFORE"), os.environ.get("DIE_AFTER")


def _writes(name: str, path: str, wanted: int | str | None) -> bool:
    if name != "rename" or not isinstance(wanted, str) or not wanted.startswith("writing "):
        return False
    return re.search(wanted.removeprefix("writing ").encode(), Path(path).read_bytes()) is not None
