"""Writes the pages of docs/reference/ that follow from the code, and the table of packages in ARCHITECTURE.md.

``make docs`` runs it; a test compares what it would write with what is committed.
"""

from __future__ import annotations

import ast
import importlib
import inspect
import itertools
import pkgutil
import sys
import textwrap
import types
from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_args, get_origin, get_type_hints

import click
import mastodon_methods
import msgspec

import palabre
from palabre.config import Config
from palabre.errors import Refusal
from palabre.events import Event

ROOT = Path(__file__).parents[1]
_SOURCE = ROOT / "src" / "palabre"
_NOTE = "<!-- Written by `make docs` from the source: change it there. -->\n"
_BEGIN, _END = "<!-- packages: written by `make docs` -->", "<!-- end of packages -->"


def import_everything() -> None:
    """Import each module of the package, so that every refusal and every fact is known."""
    for module in pkgutil.walk_packages(palabre.__path__, "palabre."):
        last = module.name.rpartition(".")[2]
        if last != "__main__" and ".migrations." not in module.name:
            importlib.import_module(module.name)


def field_docs(cls: type) -> dict[str, str]:
    """Read the string under each field of a class, which Python itself forgets."""
    tree = ast.parse(textwrap.dedent(inspect.getsource(cls)))
    body = next(node for node in tree.body if isinstance(node, ast.ClassDef)).body
    docs: dict[str, str] = {}
    for field, text in itertools.pairwise(body):
        if (
            isinstance(field, ast.AnnAssign)
            and isinstance(field.target, ast.Name)
            and isinstance(text, ast.Expr)
            and isinstance(text.value, ast.Constant)
            and isinstance(text.value.value, str)
        ):
            docs[field.target.id] = inspect.cleandoc(text.value.value)
    return docs


def _type_name(kind: Any) -> str:
    """Say a type in words an administrator knows."""
    if get_origin(kind) is tuple:
        return f"list of {_type_name(get_args(kind)[0])}"
    if isinstance(kind, types.UnionType):
        return " or ".join(_type_name(part) for part in get_args(kind))
    choices = get_args(kind)
    if choices and all(isinstance(choice, str) for choice in choices):
        return ", ".join(f"`{choice}`" for choice in choices)
    names: dict[Any, str] = {
        str: "text",
        int: "whole number",
        float: "number",
        bool: "true or false",
        type(None): "none",
    }
    return names.get(kind, getattr(kind, "__name__", str(kind)))


def _annotations(cls: type) -> dict[str, str]:
    """Read the annotations of a class as its source writes them."""
    found: dict[str, str] = {}
    for part in reversed(cls.__mro__):
        found |= {name: str(kind) for name, kind in vars(part).get("__annotations__", {}).items()}
    return found


def _one_line(text: str | None) -> str:
    """Return the first paragraph of a docstring on one line, fit for a table."""
    return " ".join(inspect.cleandoc(text or "").split("\n\n")[0].split()).replace("``", "`").replace("|", "\\|")


def configuration() -> str:
    """Describe every setting."""
    docs, kinds = field_docs(Config), get_type_hints(Config)
    lines = [
        "# Settings\n",
        _NOTE,
        "Each setting stands in `palabre.toml` in the data folder, or comes as the environment variable beside it,",
        "which wins. A list in a variable is separated by commas. `palabre doctor` names a setting that is wrong.\n",
        "| setting | variable | kind | default | meaning |",
        "|---|---|---|---|---|",
    ]
    for field in msgspec.structs.fields(Config):
        default = "" if field.default is msgspec.NODEFAULT else msgspec.json.encode(field.default).decode()
        variable = f"PALABRE_{field.name.upper()}"
        meaning = _one_line(docs.get(field.name))
        lines.append(f"| `{field.name}` | `{variable}` | {_type_name(kinds[field.name])} | `{default}` | {meaning} |")
    return "\n".join(lines) + "\n"


def _commands(command: click.Command, path: str) -> Iterator[tuple[str, click.Command]]:
    """Walk through a command and those below it."""
    yield path, command
    if isinstance(command, click.Group):
        context = click.Context(command)
        for name in command.list_commands(context):
            below = command.get_command(context, name)
            if below is not None and not below.hidden:
                yield from _commands(below, f"{path} {name}")


def _parameter(parameter: click.Parameter) -> str | None:
    """Describe an argument or an option; ``None`` for one that is hidden."""
    if isinstance(parameter, click.Option):
        if parameter.hidden:
            return None
        names = ", ".join(f"`{name}`" for name in [*parameter.opts, *parameter.secondary_opts])
        if not parameter.is_flag:
            names += f" {parameter.metavar or parameter.type.name.upper()}"
        notes = [parameter.help or ""]
        if parameter.required:
            notes.append("Required.")
        elif parameter.show_default and parameter.default is not None and not parameter.is_flag:
            notes.append(f"Default: {parameter.default}.")
        if parameter.envvar:
            notes.append(f"Also as `{parameter.envvar}`.")
        return f"- {names}: {' '.join(filter(None, notes))}"
    return f"- `{parameter.make_metavar(click.Context(click.Command('')))}`"


def commands() -> str:
    """Describe every command with its options."""
    from palabre.cli import palabre as main  # noqa: PLC0415 - the command line is the last thing that is built

    lines = ["# Commands\n", _NOTE, "`palabre COMMAND --help` says the same in the terminal.\n"]
    for path, command in _commands(main, "palabre"):
        lines.append(f"## `{path}`\n")
        lines.append(inspect.cleandoc(command.help or "").replace("\b\n", "").split("\f")[0].strip() + "\n")
        listed = [text for parameter in command.params if (text := _parameter(parameter))]
        if listed:
            lines += [*listed, ""]
    return "\n".join(lines)


def _below(cls: type) -> Iterator[type]:
    """Walk through all subclasses of Palabre's own."""
    for sub in cls.__subclasses__():
        if sub.__module__.startswith("palabre."):
            yield sub
        yield from _below(sub)


def errors() -> str:
    """Describe every refusal."""
    lines = [
        "# Errors\n",
        _NOTE,
        "What Palabre says no with. Codes are stable, sentences translated; the kind decides the HTTP status.\n",
        "| code | kind | sentence | when |",
        "|---|---|---|---|",
    ]
    refusals: dict[str, type[Refusal]] = {}
    for refusal in _below(Refusal):
        if issubclass(refusal, Refusal) and "code" in vars(refusal):
            other = refusals.setdefault(refusal.code, refusal)
            if other is not refusal:
                raise SystemExit(
                    f"{other.__qualname__} and {refusal.__qualname__} have the same code: {refusal.code}"
                )
    for code, refusal in sorted(refusals.items()):
        kind = refusal.kind.replace("_", " ")
        lines.append(f"| `{code}` | {kind} | {_one_line(refusal.message)} | {_one_line(refusal.__doc__)} |")
    return "\n".join(lines) + "\n"


def events() -> str:
    """Describe every fact of the journal."""
    lines = [
        "# Facts\n",
        _NOTE,
        "What the journal records, in the transaction that made it true. Tags are eternal; fields are only added.\n",
        "| tag | fields | meaning | stated by |",
        "|---|---|---|---|",
    ]
    facts = {cls.kind(): cls for cls in _below(Event) if issubclass(cls, Event) and cls.__struct_config__.tag}
    for tag, fact in sorted(facts.items()):
        kinds = _annotations(fact)
        fields = ", ".join(f"`{f.name}`: {kinds[f.name]}" for f in msgspec.structs.fields(fact)).replace(
            " | ", " or "
        )
        place = fact.__module__.removeprefix("palabre.")
        lines.append(f"| `{tag}` | {fields} | {_one_line(fact.__doc__)} | `{place}` |")
    return "\n".join(lines) + "\n"


def api() -> str:
    """Describe every method of the API, under the module that serves it."""
    from palabre.api.routes import ENDPOINTS  # noqa: PLC0415 - nearly everything is behind it

    lines = [
        "# API\n",
        _NOTE,
        "The client API of Mastodon, as far as it is here, in the shape of version 4.6; what is missing answers 404.",
        "Bodies may be form, multipart or JSON; lists page by `max_id`, `since_id`, `min_id` and the Link header.",
        "*Who* may call: a member's token with the scope, an application's own token, or anybody.",
    ]
    modules: dict[str, list[Any]] = {}
    for endpoint in ENDPOINTS:
        modules.setdefault(endpoint.function.__module__, []).append(endpoint)
    who = {"user": "member", "app": "application", "optional": "anybody", None: "anybody"}
    for name, endpoints in modules.items():
        lines += [
            f"\n## {_one_line(sys.modules[name].__doc__)}\n",
            "| method | who | scope | what it does |",
            "|---|---|---|---|",
        ]
        for one in endpoints:
            scopes = " or ".join(f"`{scope}`" for scope in one.scopes)
            lines.append(f"| `{one.method} {one.path}` | {who[one.auth]} | {scopes} | {_one_line(one.__doc__)} |")
    return "\n".join(lines) + "\n"


def openapi() -> str:
    """Describe the API for machines, as every network does at ``/api/openapi.json``."""
    from palabre import __version__  # noqa: PLC0415 - as above
    from palabre.api.routes import ENDPOINTS  # noqa: PLC0415 - as above
    from palabre.edge.openapi import document  # noqa: PLC0415 - as above

    told = document(ENDPOINTS, title="Palabre", version=__version__, origin="https://example.org")
    return msgspec.json.format(msgspec.json.encode(told), indent=1).decode() + "\n"


def coverage() -> str:
    """Describe which methods of Mastodon's client API are here."""
    return mastodon_methods.page(_NOTE)


def packages() -> str:
    """Make the table of packages from their docstrings."""
    rows = ["| package | what it is for |", "|---|---|"]
    for path in sorted(_SOURCE.iterdir()):
        source = path / "__init__.py" if path.is_dir() else path
        if source.suffix != ".py" or not source.exists() or path.name in {"__init__.py", "__main__.py"}:
            continue
        name = f"{path.name}/" if path.is_dir() else path.name
        doc = ast.get_docstring(ast.parse(source.read_text("utf-8")))
        rows.append(f"| [`{name}`](src/palabre/{name}) | {_one_line(doc)} |")
    return "\n".join(rows)


PAGES = {
    "api": api,
    "commands": commands,
    "configuration": configuration,
    "coverage": coverage,
    "errors": errors,
    "events": events,
}
"""The pages of docs/reference/ that are written here."""


def pages() -> dict[Path, str]:
    """Return every generated file with its text."""
    import_everything()
    architecture = ROOT / "ARCHITECTURE.md"
    before, _, rest = architecture.read_text("utf-8").partition(_BEGIN)
    _, _, after = rest.partition(_END)
    reference = ROOT / "docs" / "reference"
    written = {reference / f"{name}.md": write() for name, write in PAGES.items()}
    written[reference / "openapi.json"] = openapi()
    return {architecture: f"{before}{_BEGIN}\n\n{packages()}\n\n{_END}{after}", **written}


def main() -> None:
    """Write what changed."""
    for path, text in pages().items():
        if not path.exists() or path.read_text("utf-8") != text:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, "utf-8")
            sys.stdout.write(f"wrote {path.relative_to(ROOT)}\n")


if __name__ == "__main__":
    main()
