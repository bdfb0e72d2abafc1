"""A member uses the network with Mastodon.py: signs in through the browser, posts, follows, is told, reads it all."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
import requests
from mastodon import Mastodon
from mastodon.errors import (
    MastodonAPIError,
    MastodonIllegalArgumentError,
    MastodonNotFoundError,
    MastodonUnauthorizedError,
)

from mastodon_py import Clients, picture, soon
from plain_browser import PlainBrowser
from running import RunningServer

_SCOPES = ["read", "write", "follow"]


@pytest.fixture(scope="module")
def clients(server: RunningServer) -> Iterator[Clients]:
    """Who uses the network with the library."""
    made = Clients(server)
    yield made
    made.close()


@pytest.fixture
def app(clients: Clients) -> Callable[..., Mastodon]:
    """Makes clients of the library."""
    return clients.client


@pytest.fixture
def browser(server: RunningServer) -> Iterator[PlainBrowser]:
    """A browser that nobody has signed in with."""
    opened = PlainBrowser(server)
    yield opened
    opened.close()


@pytest.fixture
def people(clients: Clients) -> Callable[[int], list[Mastodon]]:
    """Makes so many members."""
    return clients.members


def register(server: RunningServer, name: str, scopes: list[str]) -> dict[str, str]:
    with requests.Session() as session:
        session.trust_env = False
        client_id, secret = Mastodon.create_app(name, scopes=scopes, api_base_url=server.base_url, session=session)
    return {"client_id": client_id, "client_secret": secret}


def test_somebody_signs_in_with_a_code_that_is_shown(
    server: RunningServer, app: Callable[..., Mastodon], browser: PlainBrowser
) -> None:
    person = server.account("shown", password="correct horse battery")
    client = app(**register(server, "Journey", _SCOPES))
    browser.sign_in(person)
    asked = browser.open(client.auth_request_url(scopes=_SCOPES, allow_http=True))
    assert "Journey" in asked.text
    shown = browser.submit("/oauth/authorize", answer="yes")
    code = shown.text.split('tabindex="0">', 1)[1].split("<", 1)[0]
    token = client.log_in(code=code, scopes=_SCOPES, allow_http=True)
    assert client.account_verify_credentials().username == "shown"
    assert client.app_verify_credentials().name == "Journey"
    client.status_post("from Mastodon.py")
    assert client.account_statuses(client.me())[0].application.name == "Journey"
    client.revoke_access_token(allow_http=True)
    with pytest.raises(MastodonUnauthorizedError):
        app(access_token=token).me()


def test_an_app_with_an_address_gets_its_code_by_pkce_and_may_be_refused(
    server: RunningServer, browser: PlainBrowser
) -> None:
    person = server.account("pkce", password="correct horse battery")
    back = "https://app.example/callback"
    with server.client() as client:
        app = client.post(
            "/api/v1/apps", json={"client_name": "PKCE", "redirect_uris": [back], "scopes": "read"}
        ).json()
        verifier = "a" * 64
        challenge = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()
        query = {
            "response_type": "code",
            "client_id": app["client_id"],
            "redirect_uri": back,
            "scope": "read",
            "state": "a state & more",
            "code_challenge": challenge,
            "code_challenge_method": "S256",
        }
        url = f"/oauth/authorize/?{httpx.QueryParams(query)}"
        assert browser.open(url).url.path == "/auth/sign_in", "whoever is not signed in is asked to"
        asked = browser.submit("/auth/sign_in", name="pkce", password=person.password)
        assert "PKCE" in asked.text, "and then comes back to what the app asked"
        denied = browser.submit("/oauth/authorize", answer="no").headers["location"]
        assert parse_qs(urlsplit(denied).query)["error"] == ["access_denied"]
        browser.open(url)
        allowed = browser.submit("/oauth/authorize", answer="yes").headers["location"]
        told = parse_qs(urlsplit(allowed).query)
        assert allowed.startswith(back)
        assert told["state"] == ["a state & more"]
        body = {
            "grant_type": "authorization_code",
            "client_id": app["client_id"],
            "client_secret": app["client_secret"],
            "redirect_uri": back,
            "code": told["code"][0],
        }
        assert client.post("/oauth/token", data=body).status_code == 400
        token = client.post("/oauth/token", data={**body, "code_verifier": verifier}).json()["access_token"]
        headers = {"Authorization": f"Bearer {token}"}
        assert client.get("/api/v1/accounts/verify_credentials", headers=headers).json()["username"] == "pkce"
        assert client.post("/api/v1/statuses", data={"status": "x"}, headers=headers).status_code == 403


def test_a_wrong_address_is_never_redirected_to(server: RunningServer, browser: PlainBrowser) -> None:
    person = server.account("open", password="correct horse battery")
    with server.client() as client:
        app = client.post(
            "/api/v1/apps", data={"client_name": "Open", "redirect_uris": "https://app.example/"}
        ).json()
    browser.sign_in(person)
    query = {"response_type": "code", "client_id": app["client_id"], "redirect_uri": "https://evil.example/"}
    answer = browser.open(f"/oauth/authorize?{httpx.QueryParams(query)}")
    assert answer.status_code in {400, 403, 422}
    assert "location" not in answer.headers


def test_a_post_with_a_picture_is_read_by_a_follower(people: Callable[[int], list[Mastodon]]) -> None:
    ana, bo = people(2)
    bo.account_follow(ana.me().id)
    media = ana.media_post(picture(), mime_type="image/jpeg", description="Teal", focus=(0.5, -0.5))
    media = ana.media_update(media, description="A teal wall")
    post = ana.status_post("Look #walls", media_ids=[media], spoiler_text="Colours", language="en", sensitive=True)
    read = bo.timeline_home()[0]
    assert (read.id, read.spoiler_text, read.sensitive, read.language) == (post.id, "Colours", True, "en")
    [shown] = read.media_attachments
    assert (shown.description, shown.meta.focus.x, shown.type) == ("A teal wall", 0.5, "image")
    answer = httpx.get(str(shown.url), trust_env=False)
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "image/jpeg"
    assert [one.id for one in ana.timeline_hashtag("walls", limit=1)] == [post.id]


def test_a_thread_is_written_and_read(people: Callable[[int], list[Mastodon]]) -> None:
    ana, bo = people(2)
    first = ana.status_post("one")
    second = bo.status_reply(first, "two")
    third = ana.status_reply(second, "three", visibility="unlisted")
    context = bo.status_context(second)
    assert [post.id for post in context.ancestors] == [first.id]
    assert [post.id for post in context.descendants] == [third.id]
    assert [mention.username for mention in second.mentions] == [ana.me().username]


def test_what_others_do_is_told(people: Callable[[int], list[Mastodon]]) -> None:
    ana, bo = people(2)
    post = ana.status_post("hello")
    bo.account_follow(ana.me().id)
    bo.status_favourite(post)
    bo.status_reblog(post, visibility="unlisted")
    bo.status_reply(post, "hi")
    told = soon(lambda: len(found := ana.notifications()) == 4 and found)
    assert [one.type for one in told] == ["mention", "reblog", "favourite", "follow"]
    assert {one.account.id for one in told} == {bo.me().id}
    assert [one.type for one in ana.notifications(exclude_types=["mention", "follow"])] == ["reblog", "favourite"]
    ana.notifications_dismiss(told[0])
    ana.notifications_clear()
    assert ana.notifications() == []


def test_marks_are_made_and_taken_back(people: Callable[[int], list[Mastodon]]) -> None:
    ana, bo = people(2)
    post = ana.status_post("hello")
    assert bo.status_favourite(post).favourited
    assert bo.status_bookmark(post).bookmarked
    assert bo.status_reblog(post).reblog.id == post.id
    assert [one.id for one in bo.favourites()] == [one.id for one in bo.bookmarks()] == [post.id]
    assert [one.id for one in ana.status_favourited_by(post)] == [bo.me().id]
    assert [one.id for one in ana.status_reblogged_by(post)] == [bo.me().id]
    assert not bo.status_unfavourite(post).favourited
    assert not bo.status_unbookmark(post).bookmarked
    assert not bo.status_unreblog(post).reblogged
    assert (bo.favourites(), bo.bookmarks()) == ([], [])
    assert bo.status(post).favourites_count == 0


def test_lists_are_read_to_their_ends_in_both_directions(people: Callable[[int], list[Mastodon]]) -> None:
    [ana] = people(1)
    posts = [ana.status_post(f"post {number}").id for number in range(25)]
    first = ana.account_statuses(ana.me(), limit=10)
    assert [post.id for post in ana.fetch_remaining(first)] == posts[::-1]
    below = ana.fetch_next(ana.timeline_home(limit=10))
    assert [post.id for post in below] == posts[14:4:-1]
    assert [post.id for post in ana.fetch_previous(below)] == posts[:14:-1]
    upwards = ana.timeline_home(min_id=posts[3], limit=5)
    assert [post.id for post in upwards] == posts[8:3:-1]
    fans = people(5)
    for fan in fans:
        fan.account_follow(ana.me().id)
    found = ana.fetch_remaining(ana.account_followers(ana.me(), limit=2))
    assert [one.id for one in found] == [fan.me().id for fan in reversed(fans)]


def test_relationships_change_as_asked(people: Callable[[int], list[Mastodon]]) -> None:
    ana, bo = people(2)
    ana.account_update_credentials(locked=True)
    assert bo.account_follow(ana.me().id).requested
    assert [one.id for one in ana.follow_requests()] == [bo.me().id]
    ana.follow_request_authorize(bo.me().id)
    assert bo.account_relationships(ana.me().id)[0].following
    assert bo.account_mute(ana.me().id, duration=3600).muting
    assert bo.mutes()[0].mute_expires_at is not None
    assert not bo.account_unmute(ana.me().id).muting
    assert ana.account_block(bo.me().id).blocking
    assert not bo.account_relationships(ana.me().id)[0].following
    found = ana.search(bo.me().username, result_type="accounts").accounts
    assert [one.id for one in found] == [bo.me().id]
    assert [one.id for one in ana.blocks()] == [bo.me().id]
    assert not ana.account_unblock(bo.me().id).blocking


def test_a_profile_is_changed_with_pictures_and_fields(people: Callable[[int], list[Mastodon]]) -> None:
    [ana] = people(1)
    changed = ana.account_update_credentials(
        display_name="Ana B.",
        note="Writes & paints",
        avatar=picture(),
        avatar_mime_type="image/jpeg",
        header=picture(),
        header_mime_type="image/jpeg",
        fields=[("Site", "example.org"), ("Pronouns", "she/her")],
        bot=False,
        discoverable=True,
    )
    assert (changed.display_name, changed.source.note) == ("Ana B.", "Writes & paints")
    assert [one.name for one in changed.fields] == ["Site", "Pronouns"]
    assert httpx.get(str(changed.avatar), trust_env=False).status_code == 200
    assert ana.preferences()["posting:default:visibility"] == "public"


def test_a_key_makes_a_post_once_and_a_deleted_one_is_gone(people: Callable[[int], list[Mastodon]]) -> None:
    [ana] = people(1)
    first = ana.status_post("once", idempotency_key="key")
    assert ana.status_post("once", idempotency_key="key").id == first.id
    assert ana.status_source(first).text == "once"
    assert ana.status_delete(first).text == "once"
    with pytest.raises(MastodonNotFoundError):
        ana.status(first)


def test_errors_say_what_is_wrong(people: Callable[[int], list[Mastodon]], app: Callable[..., Mastodon]) -> None:
    ana, bo = people(2)
    with pytest.raises(MastodonAPIError, match="1000"):
        ana.status_post("x" * 1001)
    hidden = ana.status_post("hidden", visibility="private")
    with pytest.raises(MastodonNotFoundError):
        bo.status(hidden)
    with pytest.raises(MastodonAPIError, match="poll"):
        ana.status_post("?", poll=ana.make_poll(["a"], 300))
    with pytest.raises((MastodonNotFoundError, MastodonIllegalArgumentError)):
        bo.list(ana.list_create("Friends"))
    with pytest.raises(MastodonUnauthorizedError):
        app(access_token="nonsense").timeline_home()


def test_the_network_is_described_and_searched(people: Callable[[int], list[Mastodon]]) -> None:
    [ana] = people(1)
    post = ana.status_post("#orchids are flowers")
    about = ana.instance()
    assert "Palabre" in str(about.version)
    assert ana.instance_v2().configuration.statuses.max_characters == 1000
    found = ana.search("orch")
    assert [tag.name for tag in found.hashtags] == ["orchids"]
    assert [one.id for one in ana.search(str(post.url)).statuses] == [post.id]
    assert ana.account_lookup(ana.me().acct).id == ana.me().id
    assert ana.custom_emojis() == []
    assert {each.code: each.name for each in ana.instance_languages()}["fr"] == "French"
    assert [one.id for one in ana.timeline_local(limit=1)] == [post.id]


def test_somebody_signs_up_from_an_app(server: RunningServer, app: Callable[..., Mastodon]) -> None:
    scopes = ["read", "write"]
    client = app(**register(server, "Sign-up", scopes))
    token = client.create_account(
        "newcomer", "correct horse battery", "newcomer@example.org", agreement=True, scopes=scopes
    )
    assert app(access_token=token).me().username == "newcomer"


def test_the_network_is_run(
    server: RunningServer, people: Callable[[int], list[Mastodon]], app: Callable[..., Mastodon]
) -> None:
    root = app(access_token=server.account("runs_it", admin=True).token)
    ana, bo = people(2)
    target = bo.me()
    assert root.me().role.name == "Admin"
    assert [one.id for one in root.admin_accounts_v2(username=target.username)] == [target.id]
    report = ana.report(target.id, comment="Rude")
    [found] = root.admin_reports(target_account_id=target.id)
    assert (found.id, found.action_taken) == (report.id, False)
    assert root.admin_report_assign(found.id).assigned_account.id == root.me().id
    root.admin_account_moderate(target.id, action="silence", report_id=found.id, text="Be kind")
    assert (root.admin_account(target.id).silenced, root.admin_report(found.id).action_taken) == (True, True)
    assert not root.admin_account_unsilence(target.id).silenced
    assert not root.admin_report_reopen(found.id).action_taken
    assert root.admin_report_resolve(found.id).action_taken
    block = root.admin_create_domain_block(
        "py.far.example", severity="suspend", public_comment="Spam", obfuscate=True
    )
    assert (block.severity, block.public_comment, block.reject_media) == ("suspend", "Spam", False)
    assert root.admin_update_domain_block(block.id, severity="silence", reject_media=True).reject_media
    assert block.id in [one.id for one in root.admin_domain_blocks()]
    with pytest.raises(MastodonAPIError, match="stricter"):
        root.admin_create_domain_block("py.far.example", severity="noop")
    root.admin_delete_domain_block(block.id)
    with pytest.raises(MastodonNotFoundError):
        root.admin_domain_blocks(block.id)
    allow = root.admin_create_domain_allow("py.near.example")
    assert root.admin_domain_allow(allow.id).domain == "py.near.example"
    root.admin_delete_domain_allow(allow.id)
    today = datetime.now(UTC)
    [joined, opened] = root.admin_measures(today, today, new_users=True, opened_reports=True)
    assert (int(joined.total) >= 3, int(opened.total) >= 1) == (True, True)
    [software] = root.admin_dimensions(today, today, software_versions=True)
    assert "palabre" in [line.key for line in software.data]
    [cohort] = root.admin_retention(today, today)
    assert cohort.frequency == "day"
