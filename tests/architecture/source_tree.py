"""The source text of Palabre, parsed once: what the tests of its shape look at."""

from __future__ import annotations

import ast
import functools
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
SOURCE = ROOT / "src"


@dataclass(frozen=True)
class Module:
    """One file of Python, and the names that it imports."""

    name: str
    path: Path
    tree: ast.Module
    imports: dict[str, str]
    """Local name → full dotted name: ``{"account": "palabre.accounts.tables.account", "sa": "sqlalchemy"}``."""

    @property
    def package(self) -> str:
        """The capability it belongs to: ``posts`` for ``palabre.posts.sql``, ``clock`` for ``palabre.clock``."""
        parts = self.name.split(".")
        return parts[1] if len(parts) > 1 else ""

    @property
    def file(self) -> str:
        """The last part of its name: ``sql`` for ``palabre.posts.sql``."""
        return self.name.rpartition(".")[2]

    def where(self, node: ast.AST) -> str:
        """File and line of ``node``, for messages."""
        return f"{self.path.relative_to(ROOT) if self.path.is_relative_to(ROOT) else self.path}:{node.lineno}"

    def full_name(self, node: ast.expr) -> str | None:
        """The dotted name that an expression such as ``sa.insert`` stands for, if imports tell."""
        if isinstance(node, ast.Name):
            return self.imports.get(node.id, f"{self.name}.{node.id}")
        if isinstance(node, ast.Attribute):
            base = self.full_name(node.value)
            return f"{base}.{node.attr}" if base else None
        return None


def parse(name: str, text: str, path: Path = Path("example.py")) -> Module:
    """Read one module from its text."""
    tree = ast.parse(text, str(path))
    imports: dict[str, str] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                imports[alias.asname or alias.name.split(".")[0]] = (
                    alias.name if alias.asname else alias.name.split(".")[0]
                )
        elif isinstance(node, ast.ImportFrom) and node.module:
            for alias in node.names:
                imports[alias.asname or alias.name] = f"{node.module}.{alias.name}"
    return Module(name, path, tree, imports)


@functools.cache
def modules() -> tuple[Module, ...]:
    """Read every module of the package."""
    found = []
    for path in sorted((SOURCE / "palabre").rglob("*.py")):
        parts = path.relative_to(SOURCE).with_suffix("").parts
        name = ".".join(parts[:-1] if parts[-1] == "__init__" else parts)
        found.append(parse(name, path.read_text("utf-8"), path))
    return tuple(found)


@functools.cache
def packages() -> tuple[str, ...]:
    """Names of the packages directly under ``palabre``."""
    return tuple(sorted(path.parent.name for path in (SOURCE / "palabre").glob("*/__init__.py")))
