"""The confined process has given up what it does not need."""

from __future__ import annotations

import json
import platform
import subprocess
import sys
from pathlib import Path

import pytest

from palabre.media import confinement

PROBE = """
import ctypes, json, os, resource, socket, subprocess, sys, threading
sys.path.append(sys.argv[1])
from palabre.media import confinement
confinement.limit(memory=600 << 20, cpu_seconds=5)
spare = os.open("/dev/null", os.O_RDONLY)
layers = confinement.seal()
if sys.argv[2] == "more descriptors":
    os.close(spare)  # a process that was taken over would make room like this
    os.close(0)
found = {}
def attempt(name, action):
    try:
        action()
    except BaseException as error:
        found[name] = type(error).__name__
    else:
        found[name] = "done"
def thread():
    one = threading.Thread(target=lambda: None)
    one.start()
    one.join()
attempt("read a file", lambda: open("/etc/hostname").read())
attempt("write a file", lambda: open("/tmp/palabre-confined", "w").write("x"))
attempt("list a folder", lambda: os.listdir("/"))
attempt("remove a file", lambda: os.unlink("/tmp/palabre-confined-none"))
attempt("make a socket", lambda: socket.socket())
attempt("start a process", lambda: subprocess.run(["/bin/true"]))
attempt("fork", lambda: os._exit(0) if os.fork() == 0 else None)
attempt("execute", lambda: os.execv("/bin/true", ["true"]))
attempt("signal the parent", lambda: os.kill(os.getppid(), 0))
attempt("raise its limits", lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (1, 1)))
attempt("use 2 GB", lambda: bytearray(2 << 30))
attempt("start a thread", thread)
attempt("use 50 MB", lambda: bytearray(50 << 20))
os.write(1, json.dumps({"layers": sorted(layers), "found": found}).encode())
os._exit(0)
"""


def probe(mode: str) -> dict:
    packages = str(Path(confinement.__file__).parents[2])
    done = subprocess.run(
        [sys.executable, "-I", "-c", PROBE, packages, mode],
        capture_output=True,
        check=False,
        stdin=subprocess.DEVNULL,
    )
    return json.loads(done.stdout)


@pytest.mark.skipif(platform.machine() not in confinement._CALLS, reason="no list of system calls for this machine")
@pytest.mark.parametrize("mode", ["plain", "more descriptors"])
def test_a_confined_process_can_compute_and_nothing_else(mode: str) -> None:
    seen = probe(mode)
    assert {"limits", "seccomp"} <= set(seen["layers"])
    allowed = {name for name, outcome in seen["found"].items() if outcome == "done"}
    assert allowed == {"start a thread", "use 50 MB"}


def test_without_seccomp_the_limits_alone_keep_files_and_sockets_shut(monkeypatch: pytest.MonkeyPatch) -> None:
    program = PROBE.replace("layers = confinement.seal()", "confinement._CALLS = {}; layers = confinement.seal()")
    program = "\n".join(line for line in program.splitlines() if "os.execv" not in line)
    monkeypatch.setattr(sys.modules[__name__], "PROBE", program)
    seen = probe("plain")
    assert "seccomp" not in seen["layers"]
    refused = {name for name, outcome in seen["found"].items() if outcome != "done"}
    assert {"read a file", "write a file", "make a socket", "use 2 GB"} <= refused
