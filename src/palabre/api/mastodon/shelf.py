"""Where ready JSON is kept in memory: what was not used longest is forgotten first."""

from __future__ import annotations

from collections import OrderedDict
from typing import Generic, TypeVar

K = TypeVar("K")
V = TypeVar("V")

_OVERHEAD = 250
"""Bytes that an entry costs beside its text."""


class Shelf(Generic[K, V]):
    """A dictionary that forgets what was not used longest, bounded in bytes."""

    __slots__ = ("bytes", "entries", "most", "sizes")

    def __init__(self, most: int) -> None:
        """Keep at most ``most`` bytes."""
        self.most = most
        self.bytes = 0
        self.entries: OrderedDict[K, V] = OrderedDict()
        self.sizes: dict[K, int] = {}

    def use(self, key: K) -> V | None:
        """Return what is kept under ``key``, which is then in use."""
        found = self.entries.get(key)
        if found is not None:
            self.entries.move_to_end(key)
        return found

    @property
    def crowded(self) -> bool:
        """Whether what is not in use will have to go soon."""
        return self.bytes * 4 > self.most * 3

    def keep(self, key: K, value: V, size: int) -> None:
        """Keep ``value``, whose text has ``size`` bytes, in the place of what was there."""
        self.drop(key)
        self.entries[key] = value
        self.sizes[key] = size + _OVERHEAD
        self.bytes += size + _OVERHEAD
        while self.bytes > self.most and self.entries:
            oldest, _ = self.entries.popitem(last=False)
            self.bytes -= self.sizes.pop(oldest)

    def clear(self) -> None:
        """Forget everything."""
        self.entries.clear()
        self.sizes.clear()
        self.bytes = 0

    def drop(self, key: K) -> None:
        """Forget what is kept under ``key``, if anything is."""
        if self.entries.pop(key, None) is not None:
            self.bytes -= self.sizes.pop(key)
