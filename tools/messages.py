"""Collects what the interface says from templates and code, and brings the catalogues up to date.

``python tools/messages.py`` rewrites ``src/palabre/i18n/*/LC_MESSAGES/palabre.po``: new messages come in, those
that nobody says any more go. English is what the source is written in, so its catalogue is complete by itself;
the others are filled in by hand. ``--check`` changes nothing and fails if something would change or is missing.
"""

from __future__ import annotations

import ast
import io
import re
import sys
from collections.abc import Iterator
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.pofile import read_po, write_po

ROOT = Path(__file__).parents[1]
SOURCE = ROOT / "src" / "palabre"
LANGUAGES = ("en", "fr")
_NOT_ON_PAGES = (
    "api/",
    "beacon/",
    "cli/",
    "config.py",
    "folder.py",
    "keyring.py",
    "server.py",
    "serving.py",
    "store/migrations/",
    "store/turns.py",
    "streaming/",
    "survival/",
)
"""What operators and programs read stays English."""

_SAY = {"_", "say", "_say", "gettext"}
_TAG = re.compile(r"\{[{%].*?[%}]\}", re.DOTALL)
_TEXT = r'"((?:[^"\\]|\\.)*)"'
_ONE = re.compile(rf"(?<![\w.])_\(\s*{_TEXT}")
_MANY = re.compile(rf"(?<![\w.])ngettext\(\s*{_TEXT}\s*,\s*{_TEXT}")

_HEADERS = tuple(
    f'"{name}:'.encode()
    for name in (
        "Project-Id-Version",
        "Report-Msgid-Bugs-To",
        "POT-Creation-Date",
        "PO-Revision-Date",
        "Last-Translator",
        "Language-Team",
        "Generated-By",
    )
)
"""Lines that say nothing, or change with the day and the tool."""

Message = str | tuple[str, str]


def in_template(text: str) -> Iterator[Message]:
    """Find the messages of a template."""
    for tag in _TAG.findall(text):
        yield from _ONE.findall(tag)
        yield from _MANY.findall(tag)


def in_code(text: str) -> Iterator[Message]:
    """Find the messages of a module: what is said, and the sentences of refusals."""
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Call):
            name = getattr(node.func, "id", None) or getattr(node.func, "attr", None)
            given = [
                each.value for each in node.args if isinstance(each, ast.Constant) and isinstance(each.value, str)
            ]
            if name in _SAY and given:
                yield given[0]
            elif name == "ngettext" and len(given) > 1:
                yield given[0], given[1]
        elif isinstance(node, ast.ClassDef):
            yield from _refusal(node)


def _refusal(node: ast.ClassDef) -> Iterator[Message]:
    """Find ``message = "…"`` in a class that also has a ``code``."""
    said = {
        target.id: statement.value.value
        for statement in node.body
        for target in _targets(statement)
        if isinstance(target, ast.Name) and isinstance(statement.value, ast.Constant)
    }
    if "code" in said and isinstance(said.get("message"), str):
        yield said["message"]


def _targets(statement: ast.stmt) -> list[ast.expr]:
    if isinstance(statement, ast.Assign):
        return statement.targets
    return [statement.target] if isinstance(statement, ast.AnnAssign) and statement.value is not None else []


def collected() -> Catalog:
    """Return all messages."""
    catalog = Catalog(project="Palabre", charset="utf-8")
    for path in sorted([*SOURCE.rglob("*.html"), *SOURCE.rglob("*.py")]):
        if path.relative_to(SOURCE).as_posix().startswith(_NOT_ON_PAGES):
            continue
        find = in_template if path.suffix == ".html" else in_code
        for message in find(path.read_text("utf-8")):
            catalog.add(message)
    return catalog


def catalogue_path(language: str) -> Path:
    """Return where the catalogue of ``language`` is."""
    return SOURCE / "i18n" / language / "LC_MESSAGES" / "palabre.po"


def brought_up_to_date(language: str, wanted: Catalog) -> Catalog:
    """Return the catalogue of ``language`` with the messages of ``wanted`` and the translations that it has."""
    path = catalogue_path(language)
    before = read_po(io.BytesIO(path.read_bytes()), locale=language) if path.exists() else Catalog(locale=language)
    after = Catalog(
        locale=language,
        project="Palabre",
        charset="utf-8",
        fuzzy=False,
        header_comment="# The words of the interface. `make messages` brings this file up to date.",
    )
    for message in wanted:
        if not message.id:
            continue
        known = before.get(message.id)
        string = message.id if language == LANGUAGES[0] else (known.string if known else None)
        after.add(message.id, string or "")
    return after


def written(catalog: Catalog) -> bytes:
    """Return a catalogue as the text of its file."""
    file = io.BytesIO()
    write_po(file, catalog, width=110, sort_output=True, no_location=True, omit_header=False)
    return b"".join(line for line in file.getvalue().splitlines(keepends=True) if not line.startswith(_HEADERS))


def missing(catalog: Catalog) -> list[str]:
    """Return the messages that have no translation."""
    return [
        str(message.id)
        for message in catalog
        if message.id and not all(message.string if isinstance(message.string, tuple | list) else [message.string])
    ]


def main() -> int:
    """Do what the module says."""
    check = "--check" in sys.argv[1:]
    wanted = collected()
    wrong = 0
    for language in LANGUAGES:
        path = catalogue_path(language)
        after = brought_up_to_date(language, wanted)
        text = written(after)
        if not path.exists() or path.read_bytes() != text:
            if check:
                sys.stderr.write(f"{path.relative_to(ROOT)} is not up to date: run `make messages`\n")
                wrong = 1
            else:
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_bytes(text)
        for each in missing(after):
            sys.stderr.write(f"{language}: not translated: {each}\n")
            wrong = 1
    return wrong


if __name__ == "__main__":
    sys.exit(main())
