"""Loaded by Python itself in a server whose clock is to be wrong: see ``standbys.wrong_clock``."""

import os
import time

_RATE = float(os.environ["CLOCK_RATE"])
_AHEAD = float(os.environ["CLOCK_AHEAD"])
_real_time, _real_time_ns, _real_gettime = time.time, time.time_ns, time.clock_gettime
_began = _real_gettime(time.CLOCK_BOOTTIME)


def _gettime(which: int) -> float:
    now = _real_gettime(which)
    return _began + (now - _began) * _RATE if which == time.CLOCK_BOOTTIME else now


time.time = lambda: _real_time() + _AHEAD
time.time_ns = lambda: _real_time_ns() + int(_AHEAD * 1e9)
time.clock_gettime = _gettime
