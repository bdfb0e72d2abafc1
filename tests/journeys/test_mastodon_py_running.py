"""With Mastodon.py, those who run a network look after it: who comes in, what trends, who is kept out."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
import requests
from mastodon import Mastodon
from mastodon.errors import (
    MastodonAPIError,
    MastodonIllegalArgumentError,
    MastodonNotFoundError,
    MastodonUnauthorizedError,
)

from fixtures_server import ServerMaker
from mastodon_py import Clients, ids
from running import RunningServer
from trending import PAGE, let_trend
from unit.media.samples import encode, picture


@pytest.fixture(scope="module")
def network(server_on_each: ServerMaker) -> RunningServer:
    """A network that looks at newcomers and at what trends."""
    return server_on_each(registrations="approval", trends="review")


@pytest.fixture(scope="module")
def clients(network: RunningServer) -> Iterator[Clients]:
    """Who uses the network with the library."""
    made = Clients(network)
    yield made
    made.close()


@pytest.fixture(scope="module")
def root(network: RunningServer, clients: Clients) -> Mastodon:
    """Who runs the network."""
    return clients.client(access_token=network.account("root", admin=True).token)


def sign_up(network: RunningServer, clients: Clients, name: str, email: str = "") -> Mastodon:
    """Sign somebody up from an app, as a newcomer does."""
    with requests.Session() as session:
        session.trust_env = False
        client_id, secret = Mastodon.create_app("Telephone", api_base_url=network.base_url, session=session)
    app = clients.client(client_id=client_id, client_secret=secret)
    token = app.create_account(
        name, "correct horse battery", email or f"{name}@example.org", agreement=True, reason="To talk"
    )
    return clients.client(access_token=token)


def test_newcomers_wait_and_are_let_in_or_turned_away(
    network: RunningServer, clients: Clients, root: Mastodon
) -> None:
    one, two = sign_up(network, clients, "one"), sign_up(network, clients, "two")
    with pytest.raises(MastodonAPIError, match="approval"):
        one.me()
    waiting = {each.username: each for each in root.admin_accounts_v2(status="pending")}
    assert set(waiting) == {"one", "two"}
    assert {(each.approved, each.invite_request) for each in waiting.values()} == {(False, "To talk")}
    assert root.admin_account_approve(waiting["one"]).approved
    assert root.admin_account_reject(waiting["two"]).username == "two"
    assert one.me().username == "one"
    with pytest.raises(MastodonUnauthorizedError):
        two.me()
    with pytest.raises(MastodonNotFoundError):
        root.admin_account(waiting["two"])
    assert root.admin_accounts_v2(status="pending") == []


def test_an_account_is_shut_out_hidden_and_let_back(clients: Clients, root: Mastodon) -> None:
    ana, bo = clients.members(2)
    me = ana.me()
    media = ana.media_post(_png(), mime_type="image/png")
    post = ana.status_post("Still here", media_ids=[media])
    root.admin_account_moderate(me, action="disable", text="Stolen")
    assert root.admin_account(me).disabled
    with pytest.raises(MastodonAPIError, match="disabled"):
        ana.me()
    assert bo.status(post).id == post.id
    assert not root.admin_account_enable(me).disabled
    assert ana.me().id == me.id
    root.admin_account_moderate(me, action="sensitive")
    assert (root.admin_account(me).sensitized, bo.status(post).sensitive) == (True, True)
    assert not root.admin_account_unsensitive(me).sensitized
    assert not bo.status(post).sensitive
    root.admin_account_moderate(me, action="silence")
    assert str(post.id) not in ids(bo.timeline_public())
    assert not root.admin_account_unsilence(me).silenced
    assert str(post.id) in ids(bo.timeline_public())
    root.admin_account_moderate(me, action="suspend")
    with pytest.raises(MastodonNotFoundError):
        bo.status(post)
    assert ids(root.admin_accounts_v2(status="suspended")) == [str(me.id)]
    assert not root.admin_account_unsuspend(me).suspended
    assert bo.status(post).id == post.id
    root.admin_account_moderate(me, action="suspend")
    root.admin_account_delete(me)
    assert root.admin_accounts_v2(username=me.username) == []


def _png() -> bytes:
    return encode(picture(), "PNG")


def test_reports_name_posts_and_rules_and_are_taken_and_left(clients: Clients, root: Mastodon) -> None:
    ana, bo = clients.members(2)
    post = bo.status_post("Rude")
    made = ana.report(bo.me(), status_ids=[post], comment="Look", category="spam")
    [found] = root.admin_reports(account_id=ana.me())
    assert (found.id, found.category, ids(found.statuses)) == (made.id, "spam", [str(post.id)])
    assert (found.account.id, found.target_account.id) == (ana.me().id, bo.me().id)
    assert root.admin_report_assign(found).assigned_account.id == root.me().id
    assert root.admin_report_unassign(found).assigned_account is None
    resolved = root.admin_report_resolve(found)
    assert (resolved.action_taken, resolved.action_taken_by_account.id) == (True, root.me().id)
    assert ids(root.admin_reports(resolved=True, account_id=ana.me())) == [str(found.id)]
    assert root.admin_reports(account_id=ana.me()) == []
    assert not root.admin_report_reopen(found).action_taken
    with pytest.raises(MastodonAPIError, match="403"):
        ana.admin_reports()


def test_what_trends_is_looked_at_first(network: RunningServer, clients: Clients, root: Mastodon) -> None:
    people = network.accounts(["tree_a", "tree_b", "tree_c", "tree_d"])
    members = [person.client() for person in people]
    ana = clients.client(access_token=people[0].token)
    ana.account_update_credentials(discoverable=True)
    let_trend(network, members)
    for each in members:
        each.close()
    [tag], [post], [page] = root.admin_trending_tags(), root.admin_trending_statuses(), root.admin_trending_links()
    assert (tag.name, tag.trendable, tag.requires_review) == ("tree", False, True)
    assert (post.account.username, post.favourites_count) == ("tree_a", 3)
    assert (str(page.url), page.requires_review) == (PAGE, True)
    assert (ana.trending_tags(), ana.trending_statuses(), ana.trending_links()) == ([], [], [])
    assert root.admin_approve_trending_tag(tag).trendable
    root.admin_approve_trending_status(post)
    root.admin_approve_trending_link(page.id)
    assert [each.name for each in ana.trending_tags()] == ["tree"]
    assert ids(ana.trending_statuses()) == [str(post.id)]
    assert [(str(each.url), each.title) for each in ana.trending_links()] == [(PAGE, "The tree of the village")]
    assert len(ana.timeline_link(PAGE)) == len(people)
    assert not root.admin_reject_trending_tag(tag).trendable
    root.admin_reject_trending_status(post)
    root.admin_reject_trending_link(page.id)
    assert (ana.trending_tags(), ana.trending_statuses(), ana.trending_links()) == ([], [], [])


def test_networks_providers_and_addresses_are_kept_out(
    network: RunningServer, clients: Clients, root: Mastodon
) -> None:
    block = root.admin_create_ip_block("203.0.113.0/24", "no_access", comment="Spam", expires_in=3600)
    assert (str(block.ip), block.severity, block.comment) == ("203.0.113.0/24", "no_access", "Spam")
    assert block.expires_at > datetime.now(UTC)
    changed = root.admin_update_ip_block(block, ip="203.0.113.0/25", severity="sign_up_block", comment="Less")
    assert (str(changed.ip), changed.severity, changed.comment) == ("203.0.113.0/25", "sign_up_block", "Less")
    assert root.admin_ip_block(block).comment == "Less"
    assert ids(root.admin_ip_blocks()) == [str(block.id)]
    root.admin_delete_ip_block(block)
    assert root.admin_ip_blocks() == []
    domain = root.admin_create_email_domain_block("spam.example")
    assert root.admin_email_domain_block(domain.id).domain == "spam.example"
    with pytest.raises(MastodonIllegalArgumentError, match="e-mail address"):
        sign_up(network, clients, "from_there", "somebody@mail.spam.example")
    root.admin_delete_email_domain_block(domain.id)
    assert root.admin_email_domain_blocks() == []
    sign_up(network, clients, "from_there", "somebody@mail.spam.example")
    address = root.admin_create_canonical_email_block(email="some.body@example.org")
    assert ids(root.admin_test_canonical_email_block("some.body+x@example.org")) == [str(address.id)]
    assert root.admin_test_canonical_email_block("other@example.org") == []
    assert root.admin_canonical_email_block(address.id).canonical_email_hash == address.canonical_email_hash
    with pytest.raises(MastodonIllegalArgumentError, match="e-mail address"):
        sign_up(network, clients, "again", "some.body+y@example.org")
    root.admin_delete_canonical_email_block(address.id)
    assert root.admin_canonical_email_blocks() == []
