"""Every pair of ink and ground that the style sheets use can be read: 4.5 to 1 for text, 3 to 1 for edges."""

from __future__ import annotations

import re

import pytest

from running import ROOT

_TOKENS = (ROOT / "src/palabre/web/assets/css/tokens.css").read_text("utf-8")
_TEXT = [
    *((ink, ground) for ink in ("ink", "muted", "accent") for ground in ("paper", "raised", "sunken")),
    ("on-accent", "accent"), ("good", "good-soft"), ("danger", "danger-soft"), ("good", "paper"), ("danger", "paper"),
    ("danger", "raised"), ("ink", "accent-soft"), ("muted", "accent-soft"), ("accent", "accent-soft"),
    ("paper", "danger"),
]  # fmt: skip
_EDGES = [("edge", "paper"), ("edge", "raised"), ("accent", "paper"), ("danger", "raised")]


def schemes() -> dict[str, dict[str, str]]:
    blocks = re.findall(r":root(\S*)\s*\{(.*?)\}", _TOKENS, re.DOTALL)
    found = [(kind, dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6});", body))) for kind, body in blocks]
    light, by_system, by_choice = (tokens for _, tokens in found)
    assert by_system == by_choice, "dark is dark, whoever asks for it"
    return {"light": light, "dark": light | by_choice}


def luminance(colour: str) -> float:
    parts = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    lighter, darker = sorted((luminance(one), luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize(("pairs", "least"), [(_TEXT, 4.5), (_EDGES, 3.0)])
def test_every_pair_has_contrast_enough(scheme: str, pairs: list[tuple[str, str]], least: float) -> None:
    tokens = schemes()[scheme]
    faint = {pair: round(contrast(tokens[pair[0]], tokens[pair[1]]), 2) for pair in pairs}
    assert not {pair: ratio for pair, ratio in faint.items() if ratio < least}
