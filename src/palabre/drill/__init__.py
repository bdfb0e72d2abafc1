"""Rehearsing disasters on real processes: what was lost, and how long it took."""
