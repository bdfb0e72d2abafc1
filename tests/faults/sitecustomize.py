"""Loaded by Python itself in a server that is to die at a certain step: see ``standbys.dies_before``."""

import os

from stopping_dead import Steps

Steps(os.environ.get("DIE_BEFORE"), die_after=os.environ.get("DIE_AFTER"))
