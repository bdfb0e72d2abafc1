"""SQL written once with SQLAlchemy Core, compiled once per dialect to text that runs on the raw driver.

Building a ``select()`` costs 400 µs, so a ``Statement`` is made at import and kept. Parameters are named;
lists travel as one parameter through :func:`among`, whatever their length, so the text never changes.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from typing import Any, Literal, cast

import msgspec
import sqlalchemy as sa
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler

Dialect = Literal["sqlite", "postgresql"]

_DIALECTS: dict[str, Any] = {}


def _dialect(name: Dialect) -> Any:
    if name not in _DIALECTS:
        if name == "sqlite":
            from sqlalchemy.dialects.sqlite.base import SQLiteDialect  # noqa: PLC0415 - each is loaded where it is used

            dialect = SQLiteDialect(paramstyle="named")
            # Conditions stay bare: "x IN (…) = 1" and "listed = 1" would keep SQLite from using an index.
            dialect.supports_native_boolean = True
            _DIALECTS[name] = dialect
        else:
            from sqlalchemy.dialects.postgresql.psycopg import PGDialect_psycopg  # noqa: PLC0415

            _DIALECTS[name] = PGDialect_psycopg(paramstyle="pyformat")  # type: ignore[no-untyped-call]  # SQLAlchemy has no types there
    return _DIALECTS[name]


class _Among(sa.ColumnElement[bool]):
    """``column`` is one of the values of the list parameter ``name``."""

    inherit_cache = False
    type = sa.Boolean()

    def __init__(self, column: sa.ColumnElement[Any], name: str) -> None:
        self.column = column
        self.name = name

    def get_children(self, **_: Any) -> Sequence[Any]:
        return [self.column]


@compiles(_Among, "sqlite")
def _among_sqlite(element: _Among, compiler: SQLCompiler, **kw: Any) -> str:
    _lists_of(compiler).add(element.name)
    return f"{compiler.process(element.column, **kw)} IN (SELECT value FROM json_each(:{element.name}))"


@compiles(_Among, "postgresql")
def _among_postgresql(element: _Among, compiler: SQLCompiler, **kw: Any) -> str:
    kind = "bigint" if isinstance(element.column.type, sa.Integer) else "text"
    if kind == "bigint":
        _lists_of(compiler).add(element.name)
    return f"{compiler.process(element.column, **kw)} = ANY(%({element.name})s::{kind}[])"


def _lists_of(compiler: SQLCompiler) -> set[str]:
    found = getattr(compiler, "palabre_lists", None)
    if found is None:
        found = set()
        compiler.palabre_lists = found  # type: ignore[attr-defined]  # a note of ours on the compiler
    return cast("set[str]", found)


def among(column: Any, name: str) -> sa.ColumnElement[bool]:
    """Return the condition that ``column`` is one of the list bound as ``name`` (integers or strings)."""
    return _Among(column, name)


_PAIR = {"first": sa.BigInteger(), "second": sa.BigInteger()}


def about_pairs(build: Callable[[sa.FromClause], Any]) -> Statement:
    """Make a statement about pairs of ids, all of which travel at once: see :func:`pair_parameters`.

    Args:
        build: called with what has the pairs, columns ``first`` and ``second``; returns the construct.

    """
    one_list = sa.text("SELECT value ->> 0 AS first, value ->> 1 AS second FROM json_each(:pairs)")
    two_lists = sa.text(
        "SELECT first, second FROM unnest(CAST(:firsts AS bigint[]), CAST(:seconds AS bigint[])) AS p (first, second)"
    )
    return Statement(*(build(rows.columns(**_PAIR).subquery("pair")) for rows in (one_list, two_lists)))


def pair_parameters(dialect: Dialect, pairs: Collection[tuple[int, int]]) -> dict[str, Any]:
    """Return the parameters with which ``pairs`` travel to a statement of :func:`about_pairs`."""
    if dialect == "sqlite":
        return {"pairs": msgspec.json.encode(list(pairs)).decode()}
    return {"firsts": [first for first, _ in pairs], "seconds": [second for _, second in pairs]}


def array(numbers: Iterable[int]) -> str:
    """Write integers as PostgreSQL writes an array: the driver takes eight times as long over a list."""
    return f"{{{','.join(map(str, numbers))}}}"


class Compiled(msgspec.Struct, frozen=True):
    """A statement ready for one driver."""

    text: str
    fixed: dict[str, Any]
    """Values written into the statement (limits, constants); merged under those of the call."""
    lists: tuple[str, ...]
    """Parameters that the driver must get as text."""
    write: Callable[[Iterable[Any]], str]
    """Writes a list as that text."""
    columns: tuple[str, ...]

    def bind(self, params: Mapping[str, Any]) -> Mapping[str, Any]:
        """Return all parameters as the driver wants them."""
        if not self.fixed and not self.lists:
            return params
        bound = {**self.fixed, **params}
        for name in self.lists:
            bound[name] = self.write(bound[name])
        return bound


def _json(values: Iterable[Any]) -> str:
    return msgspec.json.encode(values).decode()


class _Unbuilt(msgspec.Struct, frozen=True):
    """An ``INSERT`` that each dialect words differently, built when it is first run."""

    build: Callable[[Any], Any]


def _insert_of(dialect: Dialect) -> Any:
    if dialect == "sqlite":
        from sqlalchemy.dialects.sqlite import insert as sqlite_insert  # noqa: PLC0415

        return sqlite_insert
    from sqlalchemy.dialects.postgresql import insert as postgresql_insert  # noqa: PLC0415 - 60 ms, 3 MB

    return postgresql_insert


class Statement:
    """One SQL statement for both dialects, compiled on first use."""

    __slots__ = ("_by_dialect", "_compiled")

    def __init__(self, sqlite: Any, postgresql: Any | None = None) -> None:
        """Keep the construct; ``postgresql`` where the two dialects need different ones."""
        self._by_dialect = {"sqlite": sqlite, "postgresql": sqlite if postgresql is None else postgresql}
        self._compiled: dict[str, Compiled] = {}

    def compiled(self, dialect: Dialect) -> Compiled:
        """Return text and binding plan for ``dialect``."""
        try:
            return self._compiled[dialect]
        except KeyError:
            ready = self._compiled[dialect] = self._compile(dialect)
            return ready

    def _compile(self, dialect: Dialect) -> Compiled:
        construct = self._by_dialect[dialect]
        if isinstance(construct, _Unbuilt):
            construct = construct.build(_insert_of(dialect))
        if isinstance(construct, str):
            return Compiled(text=construct, fixed={}, lists=(), write=_json, columns=())
        compiler = construct.compile(dialect=_dialect(dialect), compile_kwargs={"render_postcompile": True})
        columns = tuple(str(getattr(column, "name", "")) for column in getattr(construct, "selected_columns", ()))
        asked = {name for name, bound in compiler.binds.items() if bound.required}
        fixed = {name: value for name, value in compiler.params.items() if name not in asked}
        lists, write = tuple(sorted(_lists_of(compiler))), _json if dialect == "sqlite" else array
        return Compiled(text=str(compiler), fixed=fixed, lists=lists, write=write, columns=columns)


def statement(construct: Any) -> Statement:
    """Keep a Core construct (``select``, ``update``, ``delete``…) as a statement for both dialects."""
    return Statement(construct)


def insert(table: sa.Table, *, ignore: bool = False) -> Statement:
    """Insert one row, every column bound by its name; with ``ignore``, a row that is there already stays."""

    def build(maker: Any) -> Any:
        made = maker(table).values({column.name: sa.bindparam(column.name) for column in table.columns})
        return made.on_conflict_do_nothing() if ignore else made

    return Statement(_Unbuilt(build))


def upsert(table: sa.Table, *, key: Collection[str], change: Collection[str] | Mapping[str, Any]) -> Statement:
    """Insert one row, or change the one with the same ``key``: named columns take the new value, or an expression."""

    def build(maker: Any) -> Any:
        made = maker(table).values({column.name: sa.bindparam(column.name) for column in table.columns})
        values = (
            dict(change) if isinstance(change, Mapping) else {name: getattr(made.excluded, name) for name in change}
        )
        return made.on_conflict_do_update(index_elements=list(key), set_=values)

    return Statement(_Unbuilt(build))


def update(table: sa.Table, *where: Any, **values: Any) -> Statement:
    """Change the rows that fulfil ``where``."""
    return Statement(sa.update(table).where(*where).values(**values))


def delete(table: sa.Table, *where: Any) -> Statement:
    """Delete the rows that fulfil ``where``."""
    return Statement(sa.delete(table).where(*where))
