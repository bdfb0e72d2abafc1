"""With Mastodon.py, every list that goes on is read to its end and back, by the links that come with each page."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from mastodon import Mastodon

from mastodon_py import Clients, ids, soon
from running import RunningServer

People = Callable[[int], list[Mastodon]]


@pytest.fixture(scope="module")
def clients(server: RunningServer) -> Iterator[Clients]:
    """Who uses the network with the library."""
    made = Clients(server)
    yield made
    made.close()


@pytest.fixture(scope="module")
def people(clients: Clients) -> People:
    """Makes so many members."""
    return clients.members


@pytest.fixture(scope="module")
def crowd(people: People) -> list[Mastodon]:
    """Five members, in the order in which they joined."""
    return sorted(people(5), key=lambda each: int(each.me().id))


def both_ways(client: Mastodon, first: Any, expected: list[str], name: Callable[[Any], str]) -> None:
    """Read a list in pages of two down from ``first``, and from its last page up again: all of it, each once."""
    pages = [page for page in client.pagination_page_iterator(first) if page]
    down = [name(each) for page in pages for each in page]
    assert down == expected
    assert {len(page) for page in pages[:-1]} == {2}, "no page before the last is short"
    above = [page for page in client.pagination_page_iterator(pages[-1], direction="previous") if page]
    up = [name(each) for page in reversed(above) for each in page]
    assert up == expected


def _id(thing: Any) -> str:
    return str(thing.id)


def _name(thing: Any) -> str:
    return str(thing.name)


def test_people(people: People, crowd: list[Mastodon]) -> None:
    [ana] = people(1)
    me = ana.me()
    ana.account_update_credentials(locked=True)
    everybody = ids([each.me() for each in crowd])
    for each in crowd:
        each.account_follow(me)
    both_ways(ana, ana.follow_requests(limit=2), everybody[::-1], _id)
    for each in everybody:
        ana.follow_request_authorize(each)
        ana.account_follow(each)
    post = ana.status_post("For all of you")
    for each in crowd:
        each.status_favourite(post)
        each.status_reblog(post)
    friends = ana.list_create("Friends")
    ana.list_accounts_add(friends, everybody)
    both_ways(ana, ana.account_followers(me, limit=2), everybody[::-1], _id)
    both_ways(ana, ana.account_following(me, limit=2), everybody[::-1], _id)
    in_list = ids(ana.list_accounts(friends, limit=0))
    assert sorted(in_list) == sorted(everybody)
    both_ways(ana, ana.list_accounts(friends, limit=2), in_list, _id)
    for each in everybody:
        ana.account_mute(each)
    both_ways(ana, ana.mutes(limit=2), everybody[::-1], _id)
    for each in everybody:
        ana.account_block(each)
    both_ways(ana, ana.blocks(limit=2), everybody[::-1], _id)


def test_timelines(people: People, crowd: list[Mastodon]) -> None:
    ana, bo, *others = people(6)
    bo.account_follow(ana.me())
    friends = bo.list_create("Friends")
    bo.list_accounts_add(friends, [ana.me()])
    posts = ids([ana.status_post(f"Page {number} #paged") for number in range(5)])
    newest = posts[::-1]
    both_ways(bo, bo.timeline_list(friends, limit=2), newest, _id)
    both_ways(bo, bo.timeline_hashtag("paged", limit=2), newest, _id)
    both_ways(bo, bo.timeline_home(limit=2), newest, _id)
    older = ids(bo.timeline_public(limit=40))
    assert older[:5] == newest
    both_ways(bo, bo.timeline_public(limit=2), older, _id)
    both_ways(bo, bo.timeline_local(limit=2), older, _id)
    quotes = ids([each.status_post("As she says", quoted_status_id=posts[0]) for each in (bo, *others)])
    pages = [page for page in ana.pagination_page_iterator(ana.status_quotes(posts[0], limit=2)) if page]
    assert [_id(each) for page in pages for each in page] == quotes[::-1]
    for each in crowd:
        ana.account_follow(each.me())  # else what they say to her alone waits among the requests
        each.status_post(f"@{ana.me().acct} alone", visibility="direct")
    talks = soon(lambda: len(found := ana.conversations()) == len(crowd) and found)
    both_ways(ana, ana.conversations(limit=2), ids(talks), _id)


def test_what_is_kept_for_oneself(people: People, crowd: list[Mastodon]) -> None:
    [ana] = people(1)
    then = datetime.now(UTC) + timedelta(hours=2)
    waiting = [
        ana.status_post(f"Later {number}", scheduled_at=then + number * timedelta(hours=1)) for number in range(5)
    ]
    both_ways(ana, ana.scheduled_statuses(limit=2), ids(waiting)[::-1], _id)
    tags = [f"paged{number}" for number in range(5)]
    for tag in tags:
        ana.tag_follow(tag)
    both_ways(ana, ana.followed_tags(limit=2), tags[::-1], _name)
    networks = [f"far{number}.example" for number in range(5)]
    for network in networks:
        ana.domain_block(network)
    both_ways(ana, ana.domain_blocks(limit=2), networks[::-1], str)
    ana.update_notifications_policy(for_not_following="filter")
    for each in crowd:
        each.status_post(f"@{ana.me().acct} may I?")
    requests = soon(lambda: len(found := ana.notification_requests()) == len(crowd) and found)
    both_ways(ana, ana.notification_requests(limit=2), ids(requests), _id)


def test_what_those_who_run_the_network_read(
    server: RunningServer, people: People, crowd: list[Mastodon], clients: Clients
) -> None:
    root = clients.client(access_token=server.account("reads_all", admin=True).token)
    [ana] = people(1)
    reports = ids([each.report(ana.me().id, comment="Rude") for each in crowd])
    both_ways(root, root.admin_reports(target_account_id=ana.me().id, limit=2), reports[::-1], _id)
    made = [root.admin_create_ip_block(f"203.0.113.{at}", "no_access") for at in range(5)]
    both_ways(root, root.admin_ip_blocks(limit=2), ids(made)[::-1], _id)
    domains = [root.admin_create_email_domain_block(f"mail{at}.example") for at in range(5)]
    both_ways(root, root.admin_email_domain_blocks(limit=2), ids(domains)[::-1], _id)
    addresses = [root.admin_create_canonical_email_block(email=f"paged{at}@mail.example") for at in range(5)]
    both_ways(root, root.admin_canonical_email_blocks(limit=2), ids(addresses)[::-1], _id)
    allowed = [root.admin_create_domain_allow(f"near{at}.example") for at in range(5)]
    both_ways(root, root.admin_domain_allows(limit=2), ids(allowed)[::-1], _id)
