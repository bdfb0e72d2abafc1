"""The documentation says what is there: links lead somewhere, decisions are complete, dependencies are listed."""

from __future__ import annotations

import json
import re
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
DOCUMENTS = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"), ROOT / "requirements" / "README.md"])
DECISIONS = sorted(path for path in (ROOT / "docs" / "decisions").glob("*.md") if path.name != "README.md")

_LINK = re.compile(r"!?\[[^\]]*\]\(([^)\s]+)\)")
_FENCE = re.compile(r"^```.*?^```", re.MULTILINE | re.DOTALL)
_HEADINGS = ["Context", "Choice", "What it costs", "How we would know we were wrong"]


def anchors(path: Path) -> set[str]:
    """The fragments that the headings of a document offer, as code hosts make them."""
    text = _FENCE.sub("", path.read_text("utf-8"))
    headings = re.findall(r"^#+ (.+)$", text, re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).strip().replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_link_leads_somewhere(document: Path) -> None:
    dead = []
    for target in _LINK.findall(_FENCE.sub("", document.read_text("utf-8"))):
        if re.match(r"[a-z]+:", target):
            continue
        name, _, fragment = target.partition("#")
        path = (document.parent / name).resolve() if name else document
        if not path.exists() or (fragment and fragment not in anchors(path)):
            dead.append(target)
    assert not dead


@pytest.mark.parametrize("decision", DECISIONS, ids=lambda path: path.name)
def test_a_decision_has_its_four_parts(decision: Path) -> None:
    text = decision.read_text("utf-8")
    number = decision.name[:4]
    assert re.fullmatch(r"\d{4}-[a-z0-9-]+\.md", decision.name)
    assert text.startswith(f"# {number}. ")
    assert re.findall(r"^## (.+)$", text, re.MULTILINE) == _HEADINGS
    parts = re.split(r"^## .+$", text, flags=re.MULTILINE)[1:]
    assert all(part.strip() for part in parts)


def test_decisions_are_numbered_without_a_gap_and_listed_with_their_titles() -> None:
    assert [path.name[:4] for path in DECISIONS] == [f"{number:04}" for number in range(1, len(DECISIONS) + 1)]
    index = (ROOT / "docs" / "decisions" / "README.md").read_text("utf-8")
    listed = re.findall(r"^\| \[(\d{4})\]\(([^)]+)\) \| (.+) \|$", index, re.MULTILINE)
    titles = [(path.name[:4], path.name, path.read_text("utf-8").split("\n")[0][8:]) for path in DECISIONS]
    assert listed == titles


def test_every_document_is_reached_from_the_first_page_of_the_documentation() -> None:
    docs = ROOT / "docs"
    index = (docs / "README.md").read_text("utf-8")
    missing = [
        path.relative_to(docs)
        for path in docs.rglob("*.md")
        if path != docs / "README.md"
        and path.parent.name != "decisions"
        and f"({path.relative_to(docs)})" not in index
    ]
    assert not missing


def direct_dependencies() -> set[str]:
    """The names of what pyproject.toml, package.json and requirements/*.in ask for."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    package = json.loads((ROOT / "package.json").read_text("utf-8"))
    wanted = [*project["dependencies"], *(one for part in project["optional-dependencies"].values() for one in part)]
    wanted += [*package["dependencies"], *package["devDependencies"]]
    for path in (ROOT / "requirements").glob("*.in"):
        wanted += path.read_text("utf-8").split("\n")
    names = {re.match(r"[\w.-]*", entry)[0] for entry in wanted}
    return names - {"", "palabre"}


def test_every_direct_dependency_is_listed_with_its_licence() -> None:
    listed = (ROOT / "docs" / "reference" / "dependencies.md").read_text("utf-8")
    assert not [
        name for name in direct_dependencies() if not re.search(rf"(?<![\w-]){re.escape(name)}(?![\w-])", listed)
    ]


def test_make_help_lists_every_target_that_a_person_calls() -> None:
    makefile = (ROOT / "Makefile").read_text("utf-8")
    phony = set(re.search(r"^\.PHONY: (.+)$", makefile, re.MULTILINE)[1].split())
    described = set(re.findall(r"^([a-z-]+):.*## ", makefile, re.MULTILINE))
    assert phony == described | {"setup-dev", "lint"}  # steps of the others


def test_contributors_are_told_of_every_folder_of_tests() -> None:
    folders = {path.relative_to(ROOT / "tests").parts[0] for path in (ROOT / "tests").glob("*/**/test_*.py")}
    told = set(re.findall(r"`tests/(\w+)/`", (ROOT / "CONTRIBUTING.md").read_text("utf-8")))
    assert folders <= told


def test_the_map_names_every_layer() -> None:
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]["importlinter"]["contracts"]
    layers = next(contract for contract in contracts if contract["id"] == "layers")["layers"]
    wanted = [name for layer in layers for name in re.findall(r"(?<![(\w])[a-z0-9]+(?![)\w])", layer)]
    drawn = next(block for block in _FENCE.findall((ROOT / "ARCHITECTURE.md").read_text("utf-8")) if "cli →" in block)
    places = [re.search(rf"\b{name}\b", drawn) for name in wanted]
    assert all(places), [name for name, place in zip(wanted, places, strict=True) if not place]


def printed_lines(text: str, *, columns: int = 110) -> float:
    """About how many lines a document takes on paper: wrapped, with half a line between its parts, headings two."""
    lines, code = 0.0, False
    for part in re.split(r"\n\s*\n", text.strip()):
        words = ""
        for line in part.splitlines():
            if line.startswith("```"):
                code = not code
            elif code or line.startswith(("|", "-", "1.", "2.", "3.", "4.")):
                lines += -(-len(line) // columns) if not re.fullmatch(r"[|\-\s]+", line) else 0
            elif line.startswith("#"):
                lines += 2
            else:
                words += f" {line}"
        lines += -(-len(words.strip()) // columns) + 0.5
    return lines


def test_the_page_for_the_worst_day_fits_on_one_sheet() -> None:
    """It says that it should be printed: A4 at 8.5 points has 85 lines of 110 characters."""
    page = ROOT / "docs" / "how-to" / "host-has-cut-me-off.md"
    assert printed_lines(page.read_text("utf-8")) <= 85
    assert printed_lines("# A\n\n" + "word " * 66) == 2.5 + 3.5, "the measure counts"
