"""Makes a database as large as a real one: rows that nobody reads and that hardly compress."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Final

_ROW: Final = 2_000
_AT_ONCE: Final = 1_000
_MAKE: Final = "CREATE TABLE drill_filling (content {})"


def fill(folder: Path, database: str, size: int) -> None:
    """Put ``size`` bytes into the SQLite file in ``folder``, or into the PostgreSQL ``database``."""
    chance = random.Random(1)  # noqa: S311 - need not be unguessable
    if not database:
        import apsw  # noqa: PLC0415

        connection = apsw.Connection(str(folder / "palabre.db"))
        try:
            connection.execute(_MAKE.format("BLOB"))
            for _ in range(0, size, _ROW * _AT_ONCE):
                with connection:
                    rows = ((chance.randbytes(_ROW),) for _ in range(_AT_ONCE))
                    connection.executemany("INSERT INTO drill_filling VALUES (?)", rows)
        finally:
            connection.close()
        return
    import psycopg  # noqa: PLC0415 - optional dependency

    with psycopg.connect(database) as line:
        line.execute(_MAKE.format("BYTEA").encode())
        with line.cursor() as cursor, cursor.copy("COPY drill_filling FROM STDIN") as copy:
            for _ in range(size // _ROW):
                copy.write_row((chance.randbytes(_ROW),))
