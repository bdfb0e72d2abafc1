"""What a process gives up before it touches a stranger's file. Standard library only.

Three layers, each of which holds without the others:

1. resource limits: address space, processor time, not one byte written to any file, no new descriptors;
2. an empty network namespace, where the kernel allows one;
3. a seccomp filter: of the system calls, only those that compute, use memory and threads, and read and
   write what is already open. No file is opened, no socket made, no process started.

Layers 2 and 3 need Linux on x86-64 or ARM64. Elsewhere they are left out, and ``seal`` says so.
"""

from __future__ import annotations

import ctypes
import platform
import resource
import signal
import struct
from collections.abc import Mapping

_PR_SET_PDEATHSIG, _PR_SET_DUMPABLE, _PR_SET_SECCOMP, _PR_SET_NO_NEW_PRIVS = 1, 4, 22, 38
_CLONE_NEWUSER, _CLONE_NEWNET, _CLONE_THREAD = 0x1000_0000, 0x4000_0000, 0x0001_0000
_SECCOMP_MODE_FILTER = 2
_ALLOW, _ERRNO, _KILL = 0x7FFF_0000, 0x0005_0000, 0x8000_0000
_EPERM, _ENOSYS = 1, 38

_LOAD, _EQUAL, _ANY_BIT, _AT_LEAST, _RETURN = 0x20, 0x15, 0x45, 0x35, 0x06
"""Classic BPF: load a word of ``seccomp_data``; jump if equal, if any bit is set, if at least; return."""
_NUMBER, _ARCHITECTURE, _FIRST_ARGUMENT = 0, 4, 16
"""Offsets in ``seccomp_data``; of the argument, the low word on a little-endian machine."""

# Numbers from the kernel's tables (arch/x86/entry/syscalls/syscall_64.tbl, include/uapi/asm-generic/unistd.h).
_CALLS: Mapping[str, Mapping[str, int]] = {
    "x86_64": {
        "read": 0, "write": 1, "close": 3, "fstat": 5, "lseek": 8, "mmap": 9, "mprotect": 10, "munmap": 11, "brk": 12,
        "rt_sigaction": 13, "rt_sigprocmask": 14, "rt_sigreturn": 15, "pread64": 17, "readv": 19, "writev": 20,
        "sched_yield": 24, "mremap": 25, "madvise": 28, "nanosleep": 35, "getpid": 39, "clone": 56, "exit": 60,
        "getrusage": 98, "sysinfo": 99, "sigaltstack": 131, "gettid": 186, "futex": 202, "sched_getaffinity": 204,
        "restart_syscall": 219, "clock_gettime": 228, "clock_getres": 229, "clock_nanosleep": 230, "exit_group": 231,
        "set_robust_list": 273, "getrandom": 318, "rseq": 334, "clone3": 435,
    },
    "aarch64": {
        "close": 57, "lseek": 62, "read": 63, "write": 64, "readv": 65, "writev": 66, "pread64": 67, "fstat": 80,
        "exit": 93, "exit_group": 94, "futex": 98, "set_robust_list": 99, "nanosleep": 101, "clock_gettime": 113,
        "clock_getres": 114, "clock_nanosleep": 115, "sched_getaffinity": 123, "sched_yield": 124,
        "restart_syscall": 128, "sigaltstack": 132, "rt_sigaction": 134, "rt_sigprocmask": 135, "rt_sigreturn": 139,
        "getrusage": 165, "getpid": 172, "gettid": 178, "sysinfo": 179, "brk": 214, "munmap": 215, "mremap": 216,
        "clone": 220, "mmap": 222, "mprotect": 226, "madvise": 233, "getrandom": 278, "rseq": 293, "clone3": 435,
    },
}  # fmt: skip
_ARCHITECTURES = {"x86_64": 0xC000_003E, "aarch64": 0xC000_00B7}
_X32 = 0x4000_0000
"""Calls from here on are the x32 ABI's: the same kernel functions under other numbers."""


class _Program(ctypes.Structure):
    """``struct sock_fprog``."""

    _fields_ = [("length", ctypes.c_ushort), ("filter", ctypes.c_void_p)]


def limit(*, memory: int, cpu_seconds: int) -> None:
    """Set the resource limits; they hold for all that follows."""
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))  # a core dump would be a copy of the upload on disk
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    resource.setrlimit(resource.RLIMIT_CPU, (cpu_seconds, cpu_seconds + 1))
    # A refused write to a file should be an error, not a signal whose meaning the parent must guess.
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)


def seal() -> frozenset[str]:
    """Give up files, processes and the network for good; return the names of the layers that took hold.

    Everything that has to be loaded must be loaded before; the upload must not be touched before.
    """
    held = {"limits"}
    resource.setrlimit(resource.RLIMIT_NOFILE, (3, 3))
    try:
        libc = ctypes.CDLL(None, use_errno=True)
        prctl, unshare = libc.prctl, libc.unshare
    except (OSError, AttributeError):
        return frozenset(held)
    prctl(_PR_SET_PDEATHSIG, int(signal.SIGKILL), 0, 0, 0)
    prctl(_PR_SET_DUMPABLE, 0, 0, 0, 0)
    if unshare(_CLONE_NEWNET) == 0 or unshare(_CLONE_NEWUSER | _CLONE_NEWNET) == 0:
        held.add("network")
    machine = platform.machine()
    if machine in _CALLS and prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0:
        code = _filter(machine)
        program = _Program(len(code) // 8, ctypes.cast(ctypes.c_char_p(code), ctypes.c_void_p))
        if prctl(_PR_SET_SECCOMP, _SECCOMP_MODE_FILTER, ctypes.byref(program), 0, 0) == 0:
            held.add("seccomp")
    return frozenset(held)


def _filter(machine: str) -> bytes:
    """Assemble the filter: wrong architecture dies, calls of the list pass, the rest fail with ``EPERM``."""
    calls = _CALLS[machine]
    plain = [number for name, number in calls.items() if name not in {"clone", "clone3"}]
    refuse = _RETURN, 0, 0, _ERRNO | _EPERM
    code = [
        (_LOAD, 0, 0, _ARCHITECTURE),
        (_EQUAL, 1, 0, _ARCHITECTURES[machine]),
        (_RETURN, 0, 0, _KILL),
        (_LOAD, 0, 0, _NUMBER),
        (_AT_LEAST, 0, 1, _X32),
        refuse,
        # glibc falls back on clone, whose flags can be looked at, only when clone3 does not exist.
        (_EQUAL, 0, 1, calls["clone3"]),
        (_RETURN, 0, 0, _ERRNO | _ENOSYS),
        (_EQUAL, 0, 4, calls["clone"]),
        (_LOAD, 0, 0, _FIRST_ARGUMENT),
        (_ANY_BIT, 0, 1, _CLONE_THREAD),
        (_RETURN, 0, 0, _ALLOW),
        refuse,
    ]
    for left, number in zip(range(len(plain), 0, -1), plain, strict=True):
        code.append((_EQUAL, left, 0, number))
    code += [refuse, (_RETURN, 0, 0, _ALLOW)]
    return b"".join(struct.pack("=HBBI", *instruction) for instruction in code)
