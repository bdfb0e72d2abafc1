"""Each page, for members and visitors, in both languages, by day and by night, on a phone: nothing is wrong."""

from __future__ import annotations

import html
import re
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal
from urllib.parse import unquote, urlencode, urlsplit

import httpx
import pytest
from playwright.sync_api import Browser, Page, Route

from browser.steps import (
    NOTE_SHIFTS,
    PASSWORD,
    SHIFTS,
    UNTIL_PAINTED,
    Complaints,
    member,
    picture,
    sign_in,
    violations,
)
from browsing import Browsing
from fixtures_server import ServerMaker
from libretranslate import LibreTranslate
from palabre.accounts.queries import account_by_handle
from palabre.ids import AccountId
from palabre.moderation import acts_sql
from palabre.moderation.acts import NOBODY, note
from palabre.moderation.appeals import appeal
from palabre.moderation.model import Act
from palabre.store import Transaction
from posted_forms import page_at, pages
from running import Person, RunningServer
from trending import PAGE, let_trend
from two_step import give_passkey
from unit.media.films import film

pytestmark = pytest.mark.browser

OPEN = """
/ /local /tags/tree /@ana /@ana/with_replies /@ana/media /@ana/followers /@ana/following POST POST/likes POST/reposts
POST/embed POLL HISTORY COLLECTION COLLECTIONS_OF /search /search?q=a /people /trends LINKS /links
 /about /auth/sign_in /auth/sign_up
 /nowhere /offline /outbox /auth/hand_over?code=x NEW_PASSWORD /auth/accounts /status
"""
OWN = """
/home TRANSLATION /@ben/familiar_followers /home/ranked /digest /local /notifications /notifications?only=mention
/compose REPLY
/trends LINKS
QUOTE EDIT HISTORY QUOTES POLL /drafts DRAFT /compose/thread /likes /bookmarks /follow_requests /@ben /@ana
/@ana/media POST DELETE REWRITE EMBED_CODE MUTE BLOCK /search?q=a /search?q=a&lang=ar /people
/settings /settings/profile /settings/account /settings/preferences
/settings/people /settings/people?which=blocked /settings/data /settings/delete CONSENT
/oauth/authorize/native?code=abc /auth/hand_over?code=x /share?text=Look /offline /outbox /admin/emojis
/settings/import /admin/sign_ups /admin/invitations
/settings/filters /settings/filters/new FILTER /lists LIST LIST/edit PERSON_LISTS /settings/hashtags
/collections /discover/collections COLLECTION COLLECTIONS_OF
/settings/domains /settings/feed /settings/development /settings/development/webhooks /settings/export /tags/tree
/admin/survival /status /nowhere /direct /settings/notifications /notifications/requests /announcements REPORT
/settings/quotes /settings/warnings /admin/appeals /admin/appeals?which=closed
/settings/reports /settings/replies /admin/reports /admin/reports?which=closed /admin/rules /admin/announcements
/settings/passkeys PASSKEY WEBHOOK /auth/accounts /settings/two_step
/admin/accounts /admin/accounts?status=suspended ADMIN_ACCOUNT /admin/blocks /admin/trends
/admin/servers SERVER /admin/servers/allowed /admin/hashtags HASHTAG CONSENT_ADMIN
"""
ELSEWHERE = {
    "/auth/second_step": "test_the_pages_of_the_second_step",
    "/live/home": "events, no page",
    "/@{name}.rss": "a feed, no page",
    "/@{name}.atom": "a feed, no page",
    "/tags/{tag}.rss": "a feed, no page",
    "/tags/{tag}.atom": "a feed, no page",
    "/settings/export/{name}": "a table to take along, no page",
    "/manifest.webmanifest": "for browsers that install the app",
    "/compose/media/{media}": "a piece of the composer, which stands there while an upload is prepared",
    "/compose/names": "a piece of the composer, which test_writing.py looks at",
    "/posts/{post}": "leads on to the post's page",
    "/invite/{code}": "leads on to the form of whoever signs up",
}
"""Address that is in neither list → where its page is looked at, or why there is none."""


@dataclass
class World:
    """A small network with something on every page, and a member who may see all of them."""

    server: RunningServer
    ana: Person
    places: dict[str, str]
    state: dict

    def address(self, path: str) -> str:
        """The whole address of a path, or of one of ``places``."""
        word, slash, rest = path.partition("/")
        return self.server.base_url + self.places.get(word, word) + slash + rest


@pytest.fixture(scope="module")
def service() -> Iterator[LibreTranslate]:
    made = LibreTranslate()
    yield made
    made.close()


@pytest.fixture(scope="module")
def world(
    make_server: ServerMaker, chromium: Browser, service: LibreTranslate, tmp_path_factory: pytest.TempPathFactory
) -> World:
    server = make_server(
        limits="off", registrations="approval", description="A place to talk.", translate_url=service.origin
    ).start()
    ana, ben = member(server, "ana", admin=True), member(server, "ben")
    folder: Path = tmp_path_factory.mktemp("pictures")
    with ana.client() as of_ana, ben.client() as of_ben:
        with picture(folder).open("rb") as file:
            media = of_ana.post("/api/v2/media", files={"file": file}, data={"description": "A tree"}).json()["id"]
        of_ben.post("/api/v1/statuses", json={"status": "A film", "media_ids": [with_captions(of_ben)]})
        several = [
            of_ben.post("/api/v2/media", files={"file": picture(folder, size=(320, 480)).read_bytes()}).json()["id"]
            for _ in range(3)
        ]
        of_ben.post("/api/v1/statuses", json={"status": "Three trees", "media_ids": several})
        post = of_ana.post(
            "/api/v1/statuses",
            json={"status": "Under the #tree, https://example.org/path", "media_ids": [media], "sensitive": True},
        ).json()
        ours = of_ben.post(
            "/api/v1/statuses",
            json={"status": "@ana الكلام تحت الشجرة", "in_reply_to_id": post["id"], "language": "ar"},
        ).json()
        of_ana.post(
            "/api/v1/statuses",
            json={"status": "And so it ends.", "spoiler_text": "The end of the book", "visibility": "private"},
        )
        poll = of_ana.post(
            "/api/v1/statuses",
            json={"status": "Which?", "poll": {"options": ["Tea", "Coffee"], "expires_in": 3600}},
        ).json()
        of_ana.put(
            f"/api/v1/statuses/{poll['id']}",
            json={"status": "Which one?", "poll": {"options": ["Tea", "Coffee"], "expires_in": 3600}},
        )
        of_ana.post(f"/api/v1/statuses/{poll['id']}/pin")
        of_ben.post(f"/api/v1/polls/{poll['poll']['id']}/votes", json={"choices": [1]})
        asked = of_ben.post(
            "/api/v1/statuses",
            json={"status": "When?", "poll": {"options": ["Now", "Later"], "expires_in": 3600, "multiple": True}},
        ).json()
        french = of_ben.post(
            "/api/v1/statuses", json={"status": "Sous l’#arbre", "spoiler_text": "La fin", "language": "fr"}
        ).json()
        draft = of_ana.post("/api/palabre/v1/drafts", json={"status": "Not finished"}).json()
        of_ana.post("/api/v1/statuses", json={"status": "Later", "scheduled_at": "2027-06-01T10:00:00Z"})
        of_ben.post("/api/v1/statuses", json={"status": "Look", "quoted_status_id": post["id"]})
        for client in (of_ana, of_ben):
            for deed in ("favourite", "reblog", "bookmark"):
                assert client.post(f"/api/v1/statuses/{post['id']}/{deed}").status_code == 200
        of_ben.post(f"/api/v1/accounts/{post['account']['id']}/follow")
        ben_id = ours["account"]["id"]
        of_ana.post(f"/api/v1/accounts/{ben_id}/follow")
        choir = of_ana.post("/api/v1/lists", data={"title": "Choir"}).json()["id"]
        of_ana.post(f"/api/v1/lists/{choir}/accounts", json={"account_ids": [ben_id]})
        recommended = {"name": "Singers", "description": "The choir", "account_ids": [ben_id]}
        collection = of_ana.post("/api/v1/collections", json=recommended).json()["collection"]["id"]
        words = {"title": "Trees", "context": ["home"], "keywords_attributes": [{"keyword": "الشجرة"}]}
        filtered = of_ana.post("/api/v2/filters", json=words).json()["id"]
        for tag in ("tree", "oak"):
            of_ana.post(f"/api/v1/tags/{tag}/follow")
            of_ana.post(f"/api/v1/tags/{tag}/feature")
        of_ana.post(f"/api/v1/accounts/{ben_id}/endorse")
        of_ana.post(f"/api/v1/accounts/{ben_id}/note", data={"comment": "Met in the choir"})
        of_ana.post("/api/v1/domain_blocks", data={"domain": "far.example"})
        unwanted = {"domain": "far.example", "severity": "suspend", "reject_media": True, "public_comment": "Spam"}
        blocked = of_ana.post("/api/v1/admin/domain_blocks", json=unwanted).json()["id"]
        of_ana.post("/api/v1/admin/domain_allows", json={"domain": "near.example"}).raise_for_status()
        tagged = of_ana.get("/api/v1/admin/tags").json()[0]["id"]
        of_ana.put(f"/api/v1/admin/tags/{tagged}", json={"listable": False}).raise_for_status()
        of_ana.patch(
            "/api/v1/accounts/update_credentials",
            data={
                "locked": "true",
                "note": "Writes. #tree",
                "fields_attributes[0][name]": "Site",
                "fields_attributes[0][value]": "https://example.org",
            },
        )
        with member(server, "cleo").client() as of_cleo, member(server, "dora").client() as of_dora:
            of_cleo.post(f"/api/v1/accounts/{post['account']['id']}/follow")
            let_trend(server, [of_ana, of_ben, of_cleo, of_dora])
    with server.client() as app:
        app_asked = {
            "client_name": "Pocket",
            "redirect_uris": "urn:ietf:wg:oauth:2.0:oob",
            "scopes": "read write push admin:read",
        }
        client = app.post("/api/v1/apps", data=app_asked).json()["client_id"]
    query = {"client_id": client, "redirect_uri": app_asked["redirect_uris"], "scope": "read write push"}
    places = {
        "CONSENT": f"/oauth/authorize?{urlencode(query | {'response_type': 'code'})}",
        "POST": f"/@ana/{post['id']}",
        "FILTER": f"/settings/filters/{filtered}",
        "SERVER": f"/admin/servers/{blocked}",
        "HASHTAG": f"/admin/hashtags/{tagged}",
        "CONSENT_ADMIN": f"/oauth/authorize?{urlencode(query | {'response_type': 'code', 'scope': 'admin:read'})}",
        "ADMIN_ACCOUNT": f"/admin/accounts/{ben_id}",
        "COLLECTION": f"/collections/{collection}",
        "COLLECTIONS_OF": f"/accounts/{post['account']['id']}/collections",
        "LINKS": f"/links?url={PAGE}",
        "LIST": f"/lists/{choir}",
        "PERSON_LISTS": f"/accounts/{ben_id}/lists",
        "REPLY": f"/compose?reply_to={ours['id']}",
        "QUOTE": f"/compose?quote={asked['id']}",
        "EDIT": f"/posts/{poll['id']}/edit",
        "HISTORY": f"/@ana/{poll['id']}/history",
        "DRAFT": f"/compose?draft={draft['id']}",
        "TRANSLATION": f"/@ben/{french['id']}/translation?lang=de",
        "QUOTES": f"/@ana/{post['id']}/quotes",
        "POLL": f"/@ben/{asked['id']}",
        "DELETE": f"/posts/{post['id']}/delete",
        "REWRITE": f"/posts/{post['id']}/rewrite",
        "EMBED_CODE": f"/@ana/{post['id']}/embed_code",
        "MUTE": f"/accounts/{ours['account']['id']}/mute",
        "REPORT": f"/report?account={ours['account']['id']}&post={ours['id']}",
        "BLOCK": f"/accounts/{ours['account']['id']}/block",
    }
    give_passkey(server, account_number(server, "ana"), "Phone")
    warn(server, "ana", "ben")
    settings = Browsing(server).sign_in(ana, PASSWORD)
    places["PASSKEY"] = re.findall(r'href="(/settings/passkeys/\d+)"', settings.get("/settings/passkeys").text)[0]
    given = settings.post(f"{places['ADMIN_ACCOUNT']}/password")
    places["NEW_PASSWORD"] = re.findall(r"/auth/new_password\?link=[\w-]+", html.unescape(given.text))[0]
    hooks = "/settings/development/webhooks"
    settings.get(hooks)
    told = {"url": "https://program.example/told", "events[]": "status.created", "password": PASSWORD}
    made = settings.post(hooks, data=told)
    places["WEBHOOK"] = re.findall(rf'({hooks}/\d+)/remove"', html.unescape(made.text))[0]
    context = chromium.new_context(locale="en")
    page = context.new_page()
    sign_in(page, ana)
    state = context.storage_state()
    context.close()
    return World(server, ana, places, state)


def with_captions(member: httpx.Client) -> str:
    """Upload a film and say what is said in it; return its id once it is ready."""
    made = member.post("/api/v2/media", files={"file": ("a.mp4", film(), "video/mp4")}).json()
    while member.get(f"/api/v1/media/{made['id']}").status_code == 206:
        time.sleep(0.05)
    captions = {"captions": "WEBVTT\n\n00:00.100 --> 00:00.900\nHello\n", "language": "en"}
    member.put(f"/api/palabre/v1/media/{made['id']}/captions", json=captions).raise_for_status()
    return str(made["id"])


def warn(server: RunningServer, *names: str) -> None:
    """Warn members twice each, who appeal against the first warning; that of the first of them is turned down."""
    members, appealed = [account_number(server, name) for name in names], []

    def act(tx: Transaction) -> None:
        for number in members:
            first, _ = (note(tx, NOBODY, Act.WARN, target=number, reason="Please be kind.") for _ in range(2))
            appeal(tx, number, first, "I was quoting somebody else.")
            appealed.append(first)
        acts_sql.decide_appeal(tx, appealed[0], members[0], agree=False)

    with server.opened() as opened:
        opened.database.write_now(act)


def account_number(server: RunningServer, name: str) -> AccountId:
    with server.opened() as opened:
        found = opened.database.read_now(account_by_handle, name)
    assert found is not None
    return found.id


def test_every_page_is_looked_at_or_there_is_a_reason(world: World) -> None:
    looked_at = {page_at(unquote(urlsplit(world.address(path)).path)) for path in [*OPEN.split(), *OWN.split()]}
    assert pages() - looked_at == set(ELSEWHERE), "a page that nobody looks at, or one more than is said"


@pytest.fixture(params=["visitor", "member"])
def everything(request: pytest.FixtureRequest, world: World) -> tuple[list[str], dict | None]:
    return (OPEN.split(), None) if request.param == "visitor" else (OWN.split(), world.state)


def visited(page: Page, world: World, path: str) -> Page:
    answer = page.goto(world.address(path))
    assert answer is not None
    assert answer.status == (404 if path in {"/nowhere", "/auth/hand_over?code=x"} else 200), path
    return page


@pytest.mark.parametrize(
    ("scheme", "language", "width"),
    [("light", "en", 1_280), ("dark", "en", 1_280), ("dark", "fr", 320)],
)
def test_axe_finds_nothing_and_the_browser_does_not_complain(
    chromium: Browser,
    world: World,
    everything: tuple[list[str], dict | None],
    scheme: Literal["light", "dark"],
    language: str,
    width: int,
) -> None:
    paths, state = everything
    context = chromium.new_context(
        locale=language,
        color_scheme=scheme,
        viewport={"width": width, "height": 900},
        storage_state=state,
        reduced_motion="reduce",
    )
    page = context.new_page()
    complaints = Complaints(page)
    found = {}
    for path in paths:
        visited(page, world, path)
        page.evaluate("for (const each of document.querySelectorAll('main details:not(.menu)')) each.open = true")
        if wrong := violations(page):
            found[path] = wrong
    context.close()
    assert not found
    assert [said for said in complaints.heard if "404" not in said] == []


@pytest.mark.parametrize("language", ["en", "fr"])
def test_on_a_phone_of_320_pixels_pages_scroll_down_only_and_speak_the_language_asked_for(
    chromium: Browser, world: World, everything: tuple[list[str], dict | None], language: str
) -> None:
    paths, state = everything
    context = chromium.new_context(locale=language, viewport={"width": 320, "height": 640}, storage_state=state)
    page = context.new_page()
    wide, headings = {}, {}
    for path in paths:
        visited(page, world, path)
        assert page.locator("html").get_attribute("lang") == language
        headings[path] = page.locator("h1").inner_text()
        width = page.evaluate("document.documentElement.scrollWidth")
        if width > 320:
            wide[path] = width
    context.close()
    assert not wide
    assert headings["/nowhere"] == {"en": "There is nothing here", "fr": "Il n’y a rien ici"}[language]
    if language == "fr":
        english = {"Home", "Settings", "Discover", "Search", "Profile", "Sign in", "Notifications: all"}
        assert english.isdisjoint(headings.values())


@pytest.mark.parametrize(("width", "height"), [(390, 780), (1280, 900)])
def test_nothing_moves_once_it_is_painted(
    chromium: Browser, world: World, everything: tuple[list[str], dict | None], width: int, height: int
) -> None:
    """Scripts and pictures come when the page is painted already, as on a slow line: what is read stays in place."""
    paths, state = everything
    context = chromium.new_context(
        locale="en", timezone_id="Asia/Kolkata", viewport={"width": width, "height": height}, storage_state=state,
        service_workers="block",
    )  # fmt: skip
    context.add_init_script(NOTE_SHIFTS)
    page = context.new_page()
    held: list[Route] = []
    for late in ("**/built/*.js", re.compile(r"/(media|static)/.*[.](png|jpg|webp|avif)")):
        context.route(late, lambda route: held.append(route))  # noqa: PLW0108 - Playwright sets attributes on it
    moved = {}
    for path in paths:
        page.goto(world.address(path), wait_until="commit")
        page.evaluate(UNTIL_PAINTED)
        while True:
            for route in held:
                route.continue_()
            held.clear()
            if page.evaluate("document.readyState") == "complete" and not held:
                break
        if found := page.evaluate(SHIFTS):
            moved[path] = found
    context.close()
    assert not moved, "\n".join(f"{path}: {each}" for path, several in moved.items() for each in several)


@pytest.mark.parametrize("path", ["/home", "/@ben", "POST"])
def test_an_open_menu_is_accessible_too(chromium: Browser, world: World, path: str) -> None:
    context = chromium.new_context(locale="en", viewport={"width": 320, "height": 640}, storage_state=world.state)
    page = context.new_page()
    visited(page, world, path)
    page.locator("main .menu > summary").last.click()
    assert violations(page) == []
    context.close()


def test_everything_to_press_is_large_enough_for_a_thumb(chromium: Browser, world: World) -> None:
    context = chromium.new_context(
        locale="en", viewport={"width": 320, "height": 640}, storage_state=world.state, has_touch=True
    )
    page = context.new_page()
    for path in ("/home", "/compose", "POST"):
        visited(page, world, path)
        small = page.evaluate(
            """() => [...document.querySelectorAll('.action, .tabs a, .composer-tools .tool, .button, .icon-button')]
              .filter((each) => each.offsetParent)
              .map((each) => [each.className, each.getBoundingClientRect()])
              .filter(([, box]) => box.width < 44 || box.height < 44)
              .map(([name, box]) => `${name} ${box.width}x${box.height}`)"""
        )
        assert small == [], path
    context.close()


def test_what_is_done_with_replies_stands_in_one_row_in_the_same_places(chromium: Browser, world: World) -> None:
    post = world.places["POST"].rsplit("/", 1)[1]
    with world.ana.client() as of_ana:
        own = of_ana.post("/api/v1/statuses", json={"status": "My own", "in_reply_to_id": post}).json()["id"]
        for state in (world.state, None):
            context = chromium.new_context(locale="fr", viewport={"width": 320, "height": 640}, storage_state=state)
            page = context.new_page()
            visited(page, world, "POST")
            rows = page.evaluate(
                """() => [...document.querySelectorAll('.post:not(.post-main) .actions.has-votes')].map((row) =>
                  [...row.querySelectorAll(':scope > .action, :scope > .menu > summary')].map((each) => {
                    const box = each.getBoundingClientRect();
                    return [Math.round(box.left), Math.round(box.top - row.getBoundingClientRect().top)];
                  }))"""
            )
            assert len(rows) >= 2, "one of somebody else's, and one's own"
            assert [len(row) for row in rows] == [7] * len(rows)
            assert {top for row in rows for _, top in row} == {0}, "one row"
            assert all(row == rows[0] for row in rows), "the same act stands in the same place"
            context.close()
        of_ana.delete(f"/api/v1/statuses/{own}")
