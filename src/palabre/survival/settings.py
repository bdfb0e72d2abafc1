"""``palabre.toml`` of a standby: what belongs to the network is as on the primary, the rest stays as it is."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Iterator
from typing import Any, Final

from palabre.config import SHARED

_HEADING: Final = "# Settings of the network: as on the server in front, and changed there."


def merged(own: str, network: dict[str, Any]) -> str:
    """Return ``own`` with the settings of the network as they are in ``network``, comments and order kept.

    Args:
        own: TOML without tables, as ``palabre.toml`` is.
        network: settings by name, all of them of ``SHARED``; what is missing gets its usual value.

    Raises:
        ValueError: ``own`` is not TOML.

    """
    present = tomllib.loads(own)
    if {name: value for name, value in present.items() if name in SHARED} == network:
        return own
    left = {name: value for name, value in network.items() if name in SHARED}
    lines: list[str] = []
    for names, text in _statements(own):
        if not names & SHARED:
            lines.append(text)
        elif name := next((name for name in names if name in left), ""):
            value = left.pop(name)
            lines.append(text if present[name] == value else _line(name, value))
    if left:
        if _HEADING not in own:
            lines += ["", _HEADING] if lines and lines[-1] else [_HEADING]
        lines += [_line(name, left[name]) for name in sorted(left)]
    return "\n".join(lines).rstrip("\n") + "\n"


def _statements(text: str) -> Iterator[tuple[set[str], str]]:
    """Part a text into its settings, each with its lines, and the lines between them."""
    held: list[str] = []
    for line in text.replace("\r\n", "\n").rstrip("\n").split("\n"):
        held.append(line)
        try:
            names = set(tomllib.loads("\n".join(held)))
        except tomllib.TOMLDecodeError:
            continue  # an array or a text that goes on
        yield names, "\n".join(held)
        held = []
    if held:
        yield set(), "\n".join(held)


def _line(name: str, value: Any) -> str:
    """Write a setting: the escapes of JSON are those of TOML."""
    return f"{name} = {json.dumps(value, ensure_ascii=False)}".replace("\x7f", "\\u007f")
