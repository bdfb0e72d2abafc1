"""Loaded by Python itself in a server that is to die at a certain step: see ``standbys.dies_before``."""

from stopping_dead import StepsOfSettings

StepsOfSettings()
