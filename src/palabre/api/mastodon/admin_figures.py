"""For those who run the network: figures of what happened, as far as it is kept."""

from __future__ import annotations

import asyncio
import datetime as dt
import platform
from typing import Literal

import msgspec

from palabre import __version__
from palabre.accounts.roles import Permission
from palabre.clock import DAY, Instant, as_datetime, from_datetime, iso
from palabre.edge.admin import admin_endpoint
from palabre.edge.binding import HashtagRef
from palabre.edge.errors import WrongValue
from palabre.edge.site import Site
from palabre.edge.viewer import Viewer
from palabre.moderation import figures
from palabre.store import Snapshot

_SCOPE = "admin:read"
_MAY = Permission.VIEW_DASHBOARD
_USUAL = 30 * DAY
_MOST_KEYS = 20


class OfTag(msgspec.Struct, frozen=True, kw_only=True):
    """Which hashtag a measure is about."""

    id: HashtagRef | None = None


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """The body of a question for measures."""

    keys: list[str] = msgspec.field(default_factory=list)
    start_at: str | None = None
    end_at: str | None = None
    tag_accounts: OfTag = OfTag()
    tag_uses: OfTag = OfTag()


class AskedDimensions(msgspec.Struct, frozen=True, kw_only=True):
    """The body of a question for dimensions."""

    keys: list[str] = msgspec.field(default_factory=list)
    start_at: str | None = None
    end_at: str | None = None
    limit: int = 10
    tag_languages: OfTag = OfTag()


class AskedRetention(msgspec.Struct, frozen=True, kw_only=True):
    """The body of a question for retention."""

    start_at: str
    end_at: str
    frequency: Literal["day", "month"] = "day"


class MeasureDay(msgspec.Struct, frozen=True):
    """A day of a measure."""

    date: str
    value: str


class AdminMeasure(msgspec.Struct, frozen=True, kw_only=True):
    """What was counted, day by day."""

    key: str
    unit: None = None
    total: str
    human_value: str
    previous_total: str
    data: list[MeasureDay]


class DimensionLine(msgspec.Struct, frozen=True, kw_only=True):
    """A line of a dimension."""

    key: str
    human_key: str
    value: str
    unit: str | msgspec.UnsetType = msgspec.UNSET
    human_value: str | msgspec.UnsetType = msgspec.UNSET


class AdminDimension(msgspec.Struct, frozen=True):
    """What was counted, by kinds."""

    key: str
    data: list[DimensionLine]


class CohortDay(msgspec.Struct, frozen=True):
    """How many of a cohort were active in a period."""

    date: str
    rate: float
    value: str


class AdminCohort(msgspec.Struct, frozen=True):
    """Who joined in a period, and stayed."""

    period: str
    frequency: str
    data: list[CohortDay]


def _moment(name: str, text: str | None, usual: Instant) -> Instant:
    if not text:
        return usual
    try:
        return from_datetime(dt.datetime.fromisoformat(text.strip()))
    except (ValueError, OverflowError) as error:
        raise WrongValue(field=name, name=name, expected="must be a date") from error


def _span(app_now: Instant, start: str | None, end: str | None) -> figures.Span:
    until = _moment("end_at", end, app_now)
    return figures.span(_moment("start_at", start, Instant(until - _USUAL)), until)


def _measures(db: Snapshot, body: Asked) -> list[AdminMeasure]:
    days = _span(Instant(db.now), body.start_at, body.end_at)
    tags = {"tag_accounts": body.tag_accounts.id, "tag_uses": body.tag_uses.id}
    found = []
    for key in list(dict.fromkeys(body.keys))[:_MOST_KEYS]:
        counted = figures.measure(db, key, days, tags.get(key))
        before = figures.measure(db, key, days.before(), tags.get(key))
        if counted is None or before is None:
            continue
        total = str(sum(counted.values()))
        found.append(
            AdminMeasure(
                key=key,
                total=total,
                human_value=total,
                previous_total=str(sum(before.values())),
                data=[MeasureDay(iso(day * DAY), str(count)) for day, count in counted.items()],
            )
        )
    return found


@admin_endpoint("POST", "/api/v1/admin/measures", scope=_SCOPE, may=_MAY)
async def count_measures(body: Asked, viewer: Viewer, app: Site) -> list[AdminMeasure]:  # noqa: ARG001 - an administrator must be asking
    """Count by day what is asked for; what is not kept is left out."""
    return await app.db.read_slow(_measures, body)


def _software(app: Site) -> list[DimensionLine]:
    database = app.db.engine.dialect
    versions = {"palabre": __version__, "python": platform.python_version(), "database": database}
    human = {"palabre": "Palabre", "python": "Python", "database": "Database"}
    return [DimensionLine(key=key, human_key=human[key], value=value) for key, value in versions.items()]


def _languages(db: Snapshot, body: AskedDimensions) -> list[DimensionLine]:
    days = _span(Instant(db.now), body.start_at, body.end_at)
    found = figures.languages(db, days, body.limit)
    return [DimensionLine(key=code, human_key=code, value=str(count)) for code, count in found]


def _sources(db: Snapshot, body: AskedDimensions) -> list[DimensionLine]:
    days = _span(Instant(db.now), body.start_at, body.end_at)
    return [
        DimensionLine(key=name or "web", human_key=name or "Website", value=str(count))
        for name, count in figures.sources(db, days, body.limit)
    ]


def _tag_languages(db: Snapshot, body: AskedDimensions, tag: int) -> list[DimensionLine]:
    days = _span(Instant(db.now), body.start_at, body.end_at)
    found = figures.tag_languages(db, days, tag, body.limit)
    return [DimensionLine(key=code, human_key=code, value=str(count)) for code, count in found]


async def _space(app: Site) -> list[DimensionLine]:
    taken = {
        "database": ("Database", await asyncio.to_thread(app.db.engine.size)),
        "media": ("Media", await app.db.read_slow(figures.media_bytes)),
    }
    return [
        DimensionLine(key=key, human_key=name, value=str(size), unit="bytes", human_value=_human(size))
        for key, (name, size) in taken.items()
    ]


_UNITS = ("bytes", "KiB", "MiB", "GiB", "TiB")


def _human(size: float) -> str:
    place = 0
    while size >= 1_024 and place < len(_UNITS) - 1:
        size, place = size / 1_024, place + 1
    return f"{size:.{min(place, 1)}f} {_UNITS[place]}"


@admin_endpoint("POST", "/api/v1/admin/dimensions", scope=_SCOPE, may=_MAY)
async def count_dimensions(body: AskedDimensions, viewer: Viewer, app: Site) -> list[AdminDimension]:  # noqa: ARG001 - as above
    """Count by kinds what is asked for: languages, apps of sign-ups, space, and which software runs here."""
    found = []
    for key in dict.fromkeys(body.keys):
        if key == "software_versions":
            found.append(AdminDimension(key, _software(app)))
        elif key == "languages":
            found.append(AdminDimension(key, await app.db.read_slow(_languages, body)))
        elif key == "sources":
            found.append(AdminDimension(key, await app.db.read_slow(_sources, body)))
        elif key == "space_usage":
            found.append(AdminDimension(key, await _space(app)))
        elif key == "tag_languages" and body.tag_languages.id is not None:
            found.append(AdminDimension(key, await app.db.read_slow(_tag_languages, body, body.tag_languages.id)))
    return found


def _first_of_month(day: int) -> int:
    date = as_datetime(day * DAY)
    return day - date.day + 1


def _retention(db: Snapshot, body: AskedRetention) -> list[AdminCohort]:
    days = _span(Instant(db.now), body.start_at, body.end_at)
    period_of = _first_of_month if body.frequency == "month" else int
    return [
        AdminCohort(
            iso(cohort.period * DAY),
            body.frequency,
            [
                CohortDay(iso(day * DAY), count / cohort.joined if cohort.joined else 0.0, str(count))
                for day, count in cohort.active
            ],
        )
        for cohort in figures.retention(db, days, period_of)
    ]


@admin_endpoint("POST", "/api/v1/admin/retention", scope=_SCOPE, may=_MAY)
async def count_retention(body: AskedRetention, viewer: Viewer, app: Site) -> list[AdminCohort]:  # noqa: ARG001 - as above
    """Count how many of those who joined in a period wrote something in it and in later ones."""
    return await app.db.read_slow(_retention, body)


ROUTES = (count_measures, count_dimensions, count_retention)
