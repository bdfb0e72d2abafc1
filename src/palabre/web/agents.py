"""Browsers in words, so that a member knows a session again."""

from __future__ import annotations

import re

_BROWSERS = (
    ("Edge", re.compile(r"Edg(?:e|A|iOS)?/")),
    ("Opera", re.compile(r"OPR/|Opera")),
    ("Samsung Internet", re.compile(r"SamsungBrowser/")),
    ("Firefox", re.compile(r"Firefox/|FxiOS/")),
    ("Chromium", re.compile(r"Chromium/|HeadlessChrome/")),
    ("Chrome", re.compile(r"Chrome/|CriOS/")),
    ("Safari", re.compile(r"Safari/")),
)
_SYSTEMS = (
    ("Android", re.compile(r"Android")),
    ("iPhone", re.compile(r"iPhone")),
    ("iPad", re.compile(r"iPad")),
    ("Windows", re.compile(r"Windows")),
    ("macOS", re.compile(r"Macintosh|Mac OS X")),
    ("ChromeOS", re.compile(r"CrOS")),
    ("Linux", re.compile(r"Linux|X11")),
)
_READ = 300


def name_agent(header: str | None) -> str:
    """Name browser and system: ``Firefox, Linux``. Nothing else of the header is kept."""
    text = (header or "")[:_READ]
    found = [next((name for name, pattern in names if pattern.search(text)), "") for names in (_BROWSERS, _SYSTEMS)]
    return ", ".join(part for part in found if part)
