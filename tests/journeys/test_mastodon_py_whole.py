"""With Mastodon.py, what comes after the first day: edits, quotes, media, filters, requests, push."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
import requests
from mastodon import Mastodon
from mastodon.errors import MastodonAPIError, MastodonNotFoundError

from deciphering import Device
from mastodon_py import Clients, ids, picture, soon
from plain_browser import PlainBrowser
from push_service import PushService
from running import RunningServer
from unit.media.films import film, song
from unit.media.samples import animation, encode
from unit.media.samples import picture as drawn

People = Callable[[int], list[Mastodon]]


@pytest.fixture(scope="module")
def network(pushing_server: RunningServer) -> RunningServer:
    """A network that may push to this machine."""
    return pushing_server


@pytest.fixture(scope="module")
def clients(network: RunningServer) -> Iterator[Clients]:
    """Who uses the network with the library."""
    made = Clients(network)
    yield made
    made.close()


@pytest.fixture
def people(clients: Clients) -> People:
    """Makes so many members."""
    return clients.members


@pytest.fixture
def service() -> Iterator[PushService]:
    """Where push messages go."""
    made = PushService()
    yield made
    made.close()


def told(client: Mastodon, *kinds: str) -> list[Any]:
    """Return the notifications of these kinds, when all have come."""

    def all_of_them() -> Any:
        found = client.notifications(types=list(kinds))
        return {each.type for each in found} == set(kinds) and found

    return list(soon(all_of_them))


# --- writing ---------------------------------------------------------------------------------------------


def test_an_edit_keeps_the_former_wordings_and_is_told(people: People) -> None:
    ana, bo = people(2)
    media = ana.media_post(picture(), mime_type="image/jpeg", description="A wall")
    post = ana.status_post("First #walls", media_ids=[media], spoiler_text="Colours", language="en")
    bo.status_reblog(post)
    source = ana.status_source(post)
    assert (source.text, source.spoiler_text) == ("First #walls", "Colours")
    wanted = ana.generate_media_edit_attributes(media, description="A teal wall", focus=(0.25, -0.25))
    edited = ana.status_update(post, "Second #walls", spoiler_text="Hues", media_attributes=[wanted])
    [shown] = edited.media_attachments
    assert edited.edited_at is not None
    assert (shown.id, shown.description, shown.meta.focus.x) == (media.id, "A teal wall", 0.25)
    versions = ana.status_history(post)
    assert [(each.spoiler_text, each.media_attachments[0].description) for each in versions] == [
        ("Colours", "A wall"),
        ("Hues", "A teal wall"),
    ]
    [change] = told(bo, "update")
    assert (change.status.id, change.status.spoiler_text) == (post.id, "Hues")
    assert [(each.id, each.edited_at) for each in bo.statuses([post])] == [(post.id, edited.edited_at)]
    gone = ana.status_delete(post, delete_media=False)
    assert (gone.text, ids(gone.media_attachments)) == ("Second #walls", [str(media.id)])
    anew = ana.status_post("Third", media_ids=gone.media_attachments)
    assert anew.media_attachments[0].description == "A teal wall"
    with pytest.raises(MastodonNotFoundError):
        bo.status_history(post)


def test_quotes_need_consent_which_may_be_taken_back(people: People) -> None:
    ana, bo, cy = people(3)
    post = ana.status_post("Quote me", quote_approval_policy="public")
    assert (post.quote_approval.automatic, post.quotes_count) == (["public"], 0)
    quote = bo.status_post("As she says", quoted_status_id=post)
    assert (quote.quote.state, quote.quote.quoted_status.id) == ("accepted", post.id)
    assert ids(ana.status_quotes(post)) == [str(quote.id)]
    assert ana.status(post).quotes_count == 1
    assert [each.status.id for each in told(ana, "quote")] == [quote.id]
    ana.status_update(post, "Quote me, again")
    assert [each.status.id for each in told(bo, "quoted_update")] == [quote.id]
    ana.status_update_quote_approval_policy(post, "nobody")
    with pytest.raises(MastodonAPIError):
        cy.status_post("I as well", quoted_status_id=post)
    assert ana.status_update(post, "Friends may", quote_approval_policy="followers").quote_approval.automatic == [
        "followers"
    ]
    with pytest.raises(MastodonAPIError):
        cy.status_post("I as well", quoted_status_id=post)
    cy.account_follow(ana.me())
    assert cy.status_post("I as well", quoted_status_id=post).quote.state == "accepted"
    taken = ana.status_quote_revoke(post, quote)
    assert (taken.id, taken.quote.state) == (quote.id, "revoked")
    assert (bo.status(quote).quote.state, bo.status(quote).quote.quoted_status) == ("revoked", None)


def test_polls_are_asked_voted_in_and_may_hide_how_it_stands(people: People) -> None:
    ana, bo = people(2)
    media = ana.media_post(picture(), mime_type="image/jpeg")
    hidden = ana.make_poll(["Tea", "Coffee", "Water"], expires_in=3600, multiple=True, hide_totals=True)
    post = ana.status_post("What?", poll=hidden, media_ids=[media])
    assert ids(post.media_attachments) == [str(media.id)], "a post may have both"
    voted = bo.poll_vote(post.poll, [0, 2])
    assert (voted.voted, voted.own_votes, voted.voters_count) == (True, [0, 2], 1)
    assert [each.votes_count for each in voted.options] == [None, None, None]
    with pytest.raises(MastodonAPIError):
        bo.poll_vote(post.poll, [1])
    plain = ana.status_post("Now?", poll=ana.make_poll(["Yes", "No"], expires_in=600)).poll
    with pytest.raises(MastodonAPIError):
        bo.poll_vote(plain, [0, 1])
    bo.poll_vote(plain, 1)
    assert [each.votes_count for each in ana.poll(plain).options] == [0, 1]
    again = ana.status_update(post, "What now?", poll=ana.make_poll(["Milk", "Juice"], expires_in=3600)).poll
    assert ([each.title for each in again.options], again.votes_count) == (["Milk", "Juice"], 0)
    with pytest.raises(MastodonAPIError):
        ana.poll_vote(again, 0)  # one's own


def test_a_post_waits_and_the_last_read_is_remembered(people: People) -> None:
    ana, bo = people(2)
    then = datetime.now(UTC).replace(microsecond=0) + timedelta(hours=2)
    waiting = ana.status_post("Later", scheduled_at=then, visibility="unlisted")
    assert (waiting.scheduled_at, waiting.params.text, waiting.params.visibility) == (then, "Later", "unlisted")
    moved = ana.scheduled_status_update(waiting, then + timedelta(hours=1))
    assert moved.scheduled_at == then + timedelta(hours=1)
    assert ids(ana.scheduled_statuses()) == [str(waiting.id)]
    ana.scheduled_status_delete(waiting)
    assert ana.scheduled_statuses() == []
    post = ana.status_post(f"@{bo.me().acct} alone", visibility="direct")
    [conversation] = soon(ana.conversations)
    assert (conversation.last_status.id, ids(conversation.accounts)) == (post.id, [str(bo.me().id)])
    assert not ana.conversations_read(conversation).unread
    ana.markers_set(["home"], [post.id])
    assert ana.markers_get(["home"])["home"].last_read_id == post.id
    assert ana.status_pin(ana.status_post("Pinned")).pinned
    assert [each.pinned for each in ana.account_statuses(ana.me(), pinned=True)] == [True]
    ana.tag_follow("walls")
    assert [each.name for each in ana.followed_tags()] == ["walls"]


# --- media -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "mime", "make"),
    [
        ("image", "image/png", lambda: encode(drawn(), "PNG")),
        ("gifv", "image/gif", lambda: animation("GIF")),
        ("video", "video/mp4", film),
        ("audio", "audio/mpeg", lambda: song("mp3")),
    ],
)
def test_media_of_each_kind_are_described_later(
    people: People, kind: str, mime: str, make: Callable[[], bytes]
) -> None:
    [ana] = people(1)
    given = ana.media_post(make(), mime_type=mime)
    assert given.type in {kind, "image" if kind == "gifv" else kind}
    ready = soon(lambda: (found := ana.media(given)).url and found, 60)
    assert (ready.type, ready.description) == (kind, None)
    assert ana.media_update(ready, description="Before").description == "Before"
    post = ana.status_post(f"A {kind}", media_ids=[ready])
    answer = httpx.get(str(post.media_attachments[0].url), trust_env=False)
    assert answer.status_code == 200
    assert answer.headers["content-type"].split("/")[0] == {"gifv": "video"}.get(kind, kind)
    wanted = ana.generate_media_edit_attributes(ready, description="After")
    [shown] = ana.status_update(post, f"A {kind}", media_attributes=[wanted]).media_attachments
    assert (shown.description, shown.url) == ("After", post.media_attachments[0].url)
    if kind != "audio":
        assert httpx.get(str(shown.preview_url), trust_env=False).headers["content-type"].startswith("image/")
        assert shown.meta.original.width > shown.meta.original.height


# --- reading ---------------------------------------------------------------------------------------------


def test_filters_of_both_versions(people: People) -> None:
    ana, bo = people(2)
    bo.account_follow(ana.me())
    words = [{"keyword": "rain", "whole_word": True}]
    made = bo.create_filter_v2("No rain", ["home", "notifications"], "warn", keywords_attributes=words)
    wet, dry = ana.status_post("It will rain"), ana.status_post("The rainbow")
    shown = {str(each.id): each for each in bo.timeline_home()}
    [found] = shown[str(wet.id)].filtered
    assert (found.filter.title, found.keyword_matches) == ("No rain", ["rain"])
    assert shown[str(dry.id)].filtered == [], "only the whole word"
    bow = bo.add_filter_keyword_v2(made, "bow", whole_word=False)
    assert [each.keyword for each in bo.filter_keywords_v2(made)] == ["rain", "bow"]
    assert bo.status(dry).filtered[0].keyword_matches == ["bow"]
    bo.delete_filter_keyword_v2(bow)
    kept = bo.add_filter_status_v2(made, dry)
    assert str(bo.filter_status_v2(kept).status_id) == str(dry.id)
    assert [str(each) for each in bo.status(dry).filtered[0].status_matches] == [str(dry.id)]
    bo.delete_filter_status_v2(kept)
    assert bo.filter_statuses_v2(made) == []
    changed = bo.update_filter_v2(made, title="No weather", filter_action="hide", expires_in=3600)
    assert (changed.title, [each.keyword for each in changed.keywords]) == ("No weather", ["rain"])
    assert changed.expires_at > datetime.now(UTC)
    assert ids(bo.timeline_home()) == [str(dry.id)]
    assert [each.id for each in bo.filters_v2()] == [made.id]
    bo.delete_filter_v2(made)
    assert ids(bo.timeline_home()) == [str(dry.id), str(wet.id)]
    old = bo.filter_create("rain", ["home"])
    assert ids(bo.filters_apply(bo.timeline_home(), bo.filters(), "home")) == [str(dry.id)]
    assert bo.filter_update(old, phrase="rainbow", context=["home"]).phrase == "rainbow"
    assert ids(bo.filters_apply(bo.timeline_home(), [bo.filter(old)], "home")) == [str(wet.id)]
    bo.filter_delete(old)
    assert bo.filters() == []


def test_lists_of_people_are_read_and_may_keep_them_out_of_home(people: People) -> None:
    ana, bo = people(2)
    me = ana.me()
    bo.account_follow(me)
    made = bo.list_create("Choir", replies_policy="none", exclusive=True)
    bo.list_accounts_add(made, [me])
    assert (ids(bo.list_accounts(made)), ids(bo.account_lists(me))) == ([str(me.id)], [str(made.id)])
    sung = ana.status_post("La la")
    assert ids(soon(lambda: bo.timeline_list(made))) == [str(sung.id)]
    assert bo.timeline_home() == []
    assert bo.list_update(made, "Band", exclusive=False).title == "Band"
    assert ids(bo.timeline_home()) == [str(sung.id)]
    bo.list_accounts_delete(made, [me])
    assert bo.timeline_list(made) == []
    bo.list_delete(made)
    assert bo.lists() == []


def both_ways(client: Mastodon, first: Any) -> list[str]:
    """Read a list from ``first`` to its end, and back from its last page; return the ids as read down."""
    pages = [page for page in client.pagination_page_iterator(first) if page]
    down = [identity for page in pages for identity in ids(page)]
    up = ids(list(client.pagination_iterator(pages[-1], direction="previous")))
    assert len(pages) > 2
    assert sorted(up) == sorted(down)
    assert len(set(down)) == len(down)
    return down


def test_everything_is_paged_to_its_ends_in_both_directions(people: People) -> None:
    ana, bo = people(2)
    bo.account_follow(ana.me())
    posts = [ana.status_post(f"Page {number}") for number in range(9)]
    for post in posts:
        bo.status_favourite(post)
        bo.status_bookmark(post)
    newest = ids(posts)[::-1]
    assert both_ways(bo, bo.timeline_home(limit=4)) == newest
    assert both_ways(bo, bo.account_statuses(ana.me(), limit=4)) == newest
    assert both_ways(bo, bo.favourites(limit=4)) == newest
    assert both_ways(bo, bo.bookmarks(limit=4)) == newest
    soon(lambda: len(ana.notifications(limit=20)) == 10)
    each = both_ways(ana, ana.notifications(limit=4))
    assert len(each) == 10
    assert each == ids(ana.notifications(limit=20)), "nine likes and a follower, newest first"
    groups = [
        group.group_key
        for page in ana.pagination_page_iterator(ana.grouped_notifications(limit=4))
        for group in page.notification_groups
    ]
    assert (len(groups), len(set(groups))) == (10, 10)
    assert ana.unread_grouped_notifications_count() == ana.notifications_unread_count().count == 10


def test_who_is_not_followed_has_to_ask_to_be_heard(people: People) -> None:
    ana, bo, cy = people(3)
    assert ana.update_notifications_policy(for_not_following="filter").for_not_following == "filter"
    for person in (bo, cy):
        person.status_post(f"@{ana.me().acct} hello")
    waiting = soon(lambda: len(found := ana.notification_requests()) == 2 and found)
    assert {str(each.account.id) for each in waiting} == {str(bo.me().id), str(cy.me().id)}
    assert ana.notifications() == []
    heard, unheard = (next(each for each in waiting if each.account.id == one.me().id) for one in (bo, cy))
    assert ana.notification_request(heard).last_status.account.id == bo.me().id
    ana.accept_notification_request(heard)
    ana.dismiss_notification_request(unheard)
    assert [each.account.id for each in told(ana, "mention")] == [bo.me().id]
    assert soon(ana.notifications_merged)
    assert ana.notification_requests() == []


# --- at once ---------------------------------------------------------------------------------------------


def test_a_device_is_told_and_only_it_can_read(
    network: RunningServer, clients: Clients, people: People, service: PushService
) -> None:
    person = network.account("pushed_to", password="correct horse battery")
    scopes = ["read", "write", "follow", "push"]
    with requests.Session() as session:
        session.trust_env = False
        client_id, secret = Mastodon.create_app(
            "Telephone", scopes=scopes, api_base_url=network.base_url, session=session
        )
    ana, [bo] = clients.client(client_id=client_id, client_secret=secret), people(1)
    with closing(PlainBrowser(network)) as browser:
        browser.sign_in(person)
        browser.open(ana.auth_request_url(scopes=scopes, allow_http=True))
        shown = browser.submit("/oauth/authorize", answer="yes")
    ana.log_in(code=shown.text.split('tabindex="0">', 1)[1].split("<", 1)[0], scopes=scopes, allow_http=True)
    own, given = ana.push_subscription_generate_keys()
    device = Device(own["privkey"], own["auth"])
    endpoint = f"{service.origin}/send/of-python"
    made = ana.push_subscription_set(endpoint, given, mention_events=True, favourite_events=False, policy="followed")
    assert (made.endpoint, made.policy, made.alerts.mention, made.alerts.favourite) == (
        endpoint,
        "followed",
        True,
        False,
    )
    assert made.server_key == ana.instance_v2().configuration.vapid.public_key
    changed = ana.push_subscription_update(mention_events=True, favourite_events=True, policy="all")
    assert (changed.policy, changed.alerts.favourite) == ("all", True)
    assert ana.push_subscription().alerts.favourite
    said = bo.status_post("@pushed_to a word nobody else may read")
    [arrived] = service.wait(1)
    message = json.loads(device.read(arrived.body, arrived.headers))
    [notification] = told(ana, "mention")
    assert (notification.status.id, ana.notifications(message["notification_id"]).id) == (said.id, notification.id)
    assert (message["notification_type"], message["body"]) == (
        "mention",
        "@pushed_to a word nobody else may read",
    )
    ana.push_subscription_delete()
    with pytest.raises(MastodonNotFoundError):
        ana.push_subscription()
