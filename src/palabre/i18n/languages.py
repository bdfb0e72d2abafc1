"""The languages that a post can be marked as written in."""

from __future__ import annotations

from functools import cache

from babel import Locale

CODES = (
    "ar", "az", "be", "bg", "bn", "br", "bs", "ca", "cs", "cy", "da", "de", "el", "en", "eo", "es", "et",
    "eu", "fa", "fi", "fo", "fr", "fy", "ga", "gd", "gl", "gu", "ha", "he", "hi", "hr", "ht", "hu", "hy",
    "id", "ig", "is", "it", "ja", "ka", "kab", "kk", "km", "kn", "ko", "ku", "ky", "lb", "ln", "lo", "lt",
    "lv", "mg", "mk", "ml", "mn", "mr", "ms", "mt", "my", "nb", "ne", "nl", "nn", "oc", "pa", "pl", "ps",
    "pt", "ro", "ru", "rw", "sc", "sd", "si", "sk", "sl", "sm", "sn", "so", "sq", "sr", "st", "su", "sv",
    "sw", "ta", "te", "tg", "th", "ti", "tk", "tl", "tr", "tt", "ug", "uk", "ur", "uz", "vi", "wo", "xh",
    "yi", "yo", "zh", "zu",
)  # fmt: skip
"""ISO 639 codes."""


@cache
def in_english() -> tuple[tuple[str, str], ...]:
    """List ``(code, English name)`` of each, by code."""
    names = Locale("en").languages
    return tuple((code, str(names[code])) for code in CODES)
