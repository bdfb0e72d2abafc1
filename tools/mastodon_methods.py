"""The page that says of each method of Mastodon's client API whether it is here, and if not, why."""

from __future__ import annotations

import itertools
import json
import re
from pathlib import Path
from typing import Any

_DATA = Path(__file__).parents[1] / "tests" / "fixtures" / "mastodon"
_PLACEHOLDER = re.compile(r":\w+|\{\w+(:path)?\}")


def _shape(method: str, path: str) -> tuple[str, str]:
    return ("GET" if method == "WS" else method, _PLACEHOLDER.sub("*", path))


def _served() -> set[tuple[str, str]]:
    """Return what there is, by method and path without the names of placeholders."""
    from palabre.api.mastodon.streaming import STREAMS  # noqa: PLC0415 - nearly everything is behind it
    from palabre.api.routes import ENDPOINTS  # noqa: PLC0415
    from palabre.web.routes import ENDPOINTS as PAGES  # noqa: PLC0415

    return {_shape(one.method, one.path) for one in (*ENDPOINTS, *STREAMS, *PAGES)}


def _row(one: dict[str, Any], *, here: bool, why: str) -> str:
    scopes = " or ".join(f"`{scope}`" for scope in one.get("scopes", ()))
    since = one.get("since", "")
    note = "removed" if one.get("removed") else "deprecated" if one.get("deprecated") else ""
    return f"| `{one['method']} {one['path']}` | {scopes} | {since} | {note} | {'yes' if here else 'not'} | {why} |"


def _entities(reasons: dict[str, str]) -> list[str]:
    """Say which entities have a file that shows them, and why the others have none."""
    documented: dict[str, Any] = json.loads((_DATA / "entities.json").read_text("utf-8"))["entities"]
    shown = sorted(name for name in documented if name not in reasons)
    lines = [
        "\n## Entities\n",
        f"{len(shown)} of {len(documented)} documented entities occur. Each has a file in `tests/golden/mastodon/`",
        "that shows it as an app gets it; `tests/unit/api/test_golden_entities.py` makes each anew and compares.",
        "`make golden` writes them after a change.\n",
        "| entity | why it does not occur |",
        "|---|---|",
    ]
    return lines + [f"| `{name}` | {reasons[name]} |" for name in sorted(reasons)]


def _never(reasons: dict[str, str]) -> list[str]:
    """Say which attributes say the same whatever there is, and why."""
    lines = [
        "\n## Attributes that always say the same\n",
        "By the names that the source has for the entities. `tests/unit/api/test_never_filled.py` finds them in the",
        "source: one that is not here, or is here and filled, fails it.\n",
        "| attribute | why |",
        "|---|---|",
    ]
    return lines + [f"| `{name}` | {reasons[name]} |" for name in sorted(reasons)]


def page(note: str) -> str:
    """Write the page; ``note`` says that it is generated."""
    methods: list[dict[str, Any]] = json.loads((_DATA / "methods.json").read_text("utf-8"))["methods"]
    reasons: dict[str, str] = json.loads((_DATA / "left_out.json").read_text("utf-8"))
    never: dict[str, str] = json.loads((_DATA / "left_out_entities.json").read_text("utf-8"))
    same: dict[str, str] = json.loads((_DATA / "never_filled.json").read_text("utf-8"))
    served = _served()

    def share(*, admin: bool, removed: bool = False) -> str:
        asked = [
            _shape(one["method"], one["path"]) in served
            for one in methods
            if one.get("admin", False) == admin and one.get("removed", False) == removed
        ]
        return f"{sum(asked)} of {len(asked)}"

    lines = [
        "# Coverage of the client API\n",
        note,
        "Each method that the documentation of Mastodon 4.6 names. The data is in",
        "`tests/fixtures/mastodon/methods.json`; `tests/unit/api/test_methods.py` calls each method that is here as",
        "documented, with exactly the scope that it asks for, compares the answer with every documented attribute of",
        "its entity, and calls it again without a token, with one that has ended, with one for something else, and",
        "what is for administrators with a member's. `tests/unit/api/test_wrong_requests.py` calls each with what is",
        "wrong, missing, too long or unknown, and too often.",
        "[Client API](client-api.md) says where Palabre does something in its own way.\n",
        f"**{share(admin=False)}** methods are here, and **{share(admin=True)}** for administrators;",
        f"{share(admin=False, removed=True)} that Mastodon has removed are here too, for old apps.",
    ]
    for group, members in itertools.groupby(methods, key=lambda one: one["group"]):
        lines += [
            f"\n## {group.replace('_', ' ').replace('/', ': ').capitalize()}\n",
            "| method | scope | since | | here | if not, why |",
            "|---|---|---|---|---|---|",
        ]
        for one in members:
            there = _shape(one["method"], one["path"]) in served
            lines.append(_row(one, here=there, why=reasons.get(f"{one['method']} {one['path']}", "")))
    return "\n".join([*lines, *_entities(never), *_never(same)]) + "\n"
