"""Write the schema that the tables describe as a numbered migration: ``python tools/migration.py 1 foundation``.

Only the first migration is the whole schema; a later one is written by hand, and compared with the tables by a test.
"""

from __future__ import annotations

import importlib
import sys
from pathlib import Path

SOURCE = Path(__file__).parent.parent / "src" / "palabre"


def main() -> None:
    """Write both dialects."""
    sys.path.insert(0, str(SOURCE.parent))
    for tables in sorted(SOURCE.glob("*/tables.py")):
        importlib.import_module(f"palabre.{tables.parent.name}.tables")
    ddl = importlib.import_module("palabre.store.ddl").ddl
    number, name = int(sys.argv[1]), sys.argv[2]
    for dialect in ("sqlite", "postgresql"):
        path = SOURCE / "store" / "migrations" / f"{number:04d}_{name}.{dialect}.sql"
        path.write_text(ddl(dialect), "utf-8")
        print(path.relative_to(SOURCE.parent.parent))  # noqa: T201 - a command's answer


main()
