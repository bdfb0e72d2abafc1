"""Scripts are off, as in Tor Browser at its safest: everything essential still works."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from browser.steps import PASSWORD, member, picture
from running import RunningServer

pytestmark = pytest.mark.browser


@pytest.fixture
def plain(chromium: Browser) -> Iterator[Page]:
    """A browser without scripts."""
    context = chromium.new_context(java_script_enabled=False, locale="en", viewport={"width": 1280, "height": 900})
    yield context.new_page()
    context.close()


def test_somebody_joins_speaks_answers_and_takes_it_back(
    plain: Page, sqlite_server: RunningServer, tmp_path: Path
) -> None:
    ben = member(sqlite_server, "ben")
    with ben.client() as client:
        first = client.post("/api/v1/statuses", json={"status": "Who is there?"}).json()

    # Signing up: what is wrong is said at its field, and what was typed is kept.
    plain.goto(sqlite_server.base_url)
    plain.get_by_role("link", name="Create an account").click()
    plain.get_by_label("User name").fill("ana maria")
    plain.get_by_label("Password").fill(PASSWORD)
    plain.get_by_role("button", name="Create the account").click()
    expect(plain.get_by_label("User name")).to_have_value("ana maria")
    expect(plain.locator("#username-wrong")).to_contain_text("letters from a to z")
    plain.get_by_label("User name").fill("ana")
    plain.get_by_label("Password").fill(PASSWORD)
    plain.get_by_role("button", name="Create the account").click()
    expect(plain.get_by_text("Welcome.")).to_be_visible()

    # Following, liking, reposting, keeping.
    plain.goto(f"{sqlite_server.base_url}/@ben")
    plain.get_by_role("button", name="Follow: @ben").click()
    expect(plain.get_by_role("button", name="Following: @ben")).to_be_visible()
    for deed in ("Like", "Repost", "Bookmark"):
        button = plain.locator(".actions").first.get_by_role("button", name=deed)
        button.click()
        expect(button).to_have_attribute("aria-pressed", "true")
    plain.goto(f"{sqlite_server.base_url}/bookmarks")
    expect(plain.get_by_text("Who is there?")).to_be_visible()

    # Answering with a warning and a picture that is described before it is published.
    plain.goto(f"{sqlite_server.base_url}/@ben/{first['id']}")
    plain.get_by_role("link", name="Reply").click()
    expect(plain.get_by_label("Text of the post")).to_have_value("@ben ")
    plain.get_by_label("Text of the post").fill("@ben It is me.")
    plain.get_by_label("Content warning", exact=False).first.fill("A surprise")
    plain.get_by_label("Picture, video or recording (up to 4)", exact=False).set_input_files(picture(tmp_path))
    plain.get_by_role("button", name="Attach", exact=True).click()
    expect(plain.get_by_label("Text of the post")).to_have_value("@ben It is me.")
    plain.get_by_label("Description for people").fill("A dark circle")
    plain.get_by_label("top left").check()
    plain.locator("[data-key-submit]").click()
    expect(plain.get_by_text("Your post is out.")).to_be_visible()
    plain.goto(f"{sqlite_server.base_url}/@ana/with_replies")
    mine = plain.locator("article.post", has_text="A surprise")
    mine.get_by_text("A surprise").click()
    expect(mine.get_by_text("It is me.")).to_be_visible()
    expect(mine.get_by_role("img", name="A dark circle")).to_be_visible()
    with ben.client() as client:
        told = {each["type"] for each in client.get("/api/v1/notifications").json()}
    assert {"follow", "favourite", "reblog", "mention"} <= told

    # Taking it back asks first.
    mine.locator(".actions .menu > summary").click()
    mine.get_by_role("link", name="Delete", exact=True).click()
    expect(plain.get_by_role("heading", name="Delete this post?")).to_be_visible()
    plain.get_by_role("button", name="Delete for good").click()
    expect(plain.get_by_text("The post is deleted.")).to_be_visible()
    plain.goto(f"{sqlite_server.base_url}/@ana/with_replies")
    expect(plain.get_by_text("It is me.")).to_have_count(0)

    # Preferences hold, and one leaves.
    plain.goto(f"{sqlite_server.base_url}/settings/preferences")
    plain.get_by_label("Language of the pages").select_option("fr")
    plain.get_by_label("Colours").select_option("dark")
    plain.get_by_role("button", name="Save").click()
    expect(plain.get_by_text("Vos préférences sont enregistrées.")).to_be_visible()
    expect(plain.locator("html")).to_have_attribute("data-theme", "dark")
    plain.locator(".rail .menu-of-me summary").click()
    plain.get_by_role("button", name="Se déconnecter").click()
    expect(plain.get_by_text("Sous l’arbre, chacun a la parole.")).to_be_visible()


def test_a_post_too_long_comes_back_whole_with_what_is_wrong(plain: Page, sqlite_server: RunningServer) -> None:
    member(sqlite_server, "carla")
    plain.goto(f"{sqlite_server.base_url}/auth/sign_in")
    plain.get_by_label("User name").fill("carla")
    plain.get_by_label("Password").fill(PASSWORD)
    plain.get_by_role("button", name="Sign in", exact=True).click()
    words = "tree " * 250
    plain.goto(f"{sqlite_server.base_url}/compose")
    plain.get_by_label("Text of the post").fill(words)
    plain.get_by_label("Who may read this").select_option("followers")
    plain.locator("[data-key-submit]").click()
    expect(plain.locator("#text-wrong")).to_contain_text("1000")
    expect(plain.get_by_label("Text of the post")).to_have_value(words)
    expect(plain.get_by_label("Who may read this")).to_have_value("followers")


def test_who_came_for_a_page_gets_there_after_signing_in(plain: Page, sqlite_server: RunningServer) -> None:
    member(sqlite_server, "dora")
    plain.goto(f"{sqlite_server.base_url}/settings/profile")
    plain.get_by_label("User name").fill("dora")
    plain.get_by_label("Password").fill("something else")
    plain.get_by_role("button", name="Sign in", exact=True).click()
    expect(plain.get_by_role("alert")).to_contain_text("not right")
    expect(plain.get_by_label("User name")).to_have_value("dora")
    plain.get_by_label("Password").fill(PASSWORD)
    plain.get_by_role("button", name="Sign in", exact=True).click()
    expect(plain).to_have_url(f"{sqlite_server.base_url}/settings/profile")


def test_enter_in_a_line_of_the_composer_publishes(plain: Page, sqlite_server: RunningServer) -> None:
    """A browser presses the first button of a form for it: that must not be one that removes or puts off."""
    member(sqlite_server, "eva")
    plain.goto(f"{sqlite_server.base_url}/auth/sign_in")
    plain.get_by_label("User name").fill("eva")
    plain.get_by_label("Password").fill(PASSWORD)
    plain.get_by_label("Password").press("Enter")
    plain.goto(f"{sqlite_server.base_url}/compose")
    plain.get_by_label("Text of the post").fill("Published with one key")
    plain.locator("#warning").fill("keys")
    plain.locator("#warning").press("Enter")
    plain.goto(f"{sqlite_server.base_url}/@eva")
    expect(plain.locator("article.post").first).to_contain_text("keys")
