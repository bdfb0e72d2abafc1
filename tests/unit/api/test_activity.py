"""How much the network is used by the week, over the API."""

from __future__ import annotations

import datetime as dt

import sqlalchemy as sa

from fixtures_store import Store
from palabre import clock
from palabre.ids import new_id
from palabre.posts.activity import activity, last_weeks
from palabre.posts.tables import post
from palabre.store.statement import statement
from unit.api.network import Network


def test_weeks_begin_on_monday(store: Store) -> None:
    weeks = last_weeks(clock.now())
    assert len(weeks) == 12
    assert 0 <= clock.now() - weeks[0] < 7 * clock.DAY
    assert {clock.as_datetime(week).weekday() for week in weeks} == {0}
    monday = clock.from_datetime(dt.datetime(2026, 11, 23, tzinfo=dt.UTC))
    assert last_weeks(monday)[0] == monday
    assert last_weeks(monday - 1)[0] == monday - 7 * clock.DAY


def test_posts_members_and_sign_ups_are_counted(network: Network) -> None:
    ana, bo = network.member("ana"), network.member("bo")
    gone = ana.say("one")
    ana.say("two")
    bo.say("three")
    ana.delete(f"/api/v1/statuses/{gone['id']}")
    found = network.visitor.get("/api/v1/instance/activity")
    assert len(found) == 12
    assert found[0] == {
        "week": str(last_weeks(clock.now())[0] // 1_000),
        "statuses": "2",
        "logins": "2",
        "registrations": "2",
    }
    assert [each["statuses"] for each in found[1:]] == ["0"] * 11
    assert [int(each["week"]) for each in found] == sorted((int(each["week"]) for each in found), reverse=True)


def test_a_week_that_is_over_counts_who_posted(network: Network) -> None:
    ana = network.member("ana")
    ana.say("now")
    week = last_weeks(clock.now())[3]
    move = statement(sa.update(post).values(id=new_id(week + clock.DAY)))
    network.write(lambda tx: tx.run(move))
    found = network.run(network.site.db.read(activity, week))
    assert (found.posts, found.active, found.joined) == (1, 1, 0)
    assert network.run(network.site.db.read(activity, last_weeks(clock.now())[2])).posts == 0
