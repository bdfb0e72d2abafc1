"""A member brings what he has elsewhere: upload, progress, result, and what was left out said in words."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from browser.steps import PASSWORD, begun, member, sign_in, slow_uploads, violations
from imports.mastodon_exports import mastodon_archive
from imports.material import Made
from imports.x_archives import twitter_archive
from palabre.i18n import translations
from palabre.imports.model import Part, Reason, State
from palabre.web.importing import PARTS, REASONS, STATES
from running import RunningServer

pytestmark = pytest.mark.browser


def test_a_list_of_people_from_mastodon_is_followed(
    browser_page: Page, sqlite_server: RunningServer, tmp_path: Path
) -> None:
    domain = sqlite_server.base_url.removeprefix("http://")
    ben = member(sqlite_server, "ben")
    sign_in(browser_page, member(sqlite_server, "ana"))
    browser_page.goto(f"{sqlite_server.base_url}/settings/import")

    file = tmp_path / "holiday.zip"
    file.write_bytes(b"this is no archive")
    browser_page.get_by_label("Your file").set_input_files(file)
    browser_page.get_by_role("button", name="Bring it here").click()
    expect(browser_page.locator(".import").first).to_contain_text("neither an X archive")

    people = tmp_path / "following_accounts.csv"
    header = "Account address,Show boosts,Notify on new posts,Languages\n"
    people.write_text(f"{header}ben@{domain},true,false,\nnobody@{domain},true,false,\n")
    browser_page.get_by_label("Your file").set_input_files(people)
    browser_page.get_by_role("button", name="Bring it here").click()
    newest = browser_page.locator(".import", has_text="following_accounts.csv")
    expect(newest).to_contain_text("1 thing is new here.")
    expect(newest).to_contain_text("not here yet")
    assert violations(browser_page) == []
    with ben.client() as client:
        told = [each["account"]["username"] for each in client.get("/api/v1/notifications").json()]
    assert "ana" in told


_POSTS = 4_000
"""So many that a browser sees the import under way."""

_SPOILT = {100: "quote", 101: "date", 102: "shape"}


@pytest.mark.parametrize(
    ("write", "name", "language"),
    [(twitter_archive, "twitter-2026.zip", "en"), (mastodon_archive, "archive.tar.gz", "fr")],
    ids=["from X, in English", "from Mastodon, in French"],
)
def test_an_archive_is_uploaded_brought_in_and_what_was_left_out_is_told(
    chromium: Browser,
    sqlite_server: RunningServer,
    tmp_path: Path,
    write: Callable[..., Made],
    name: str,
    language: str,
) -> None:
    made = write(tmp_path / name, posts=_POSTS, pictures=3, spoil=_SPOILT)
    say = translations(language).gettext
    mover = member(sqlite_server, f"mover_{language}")
    context = chromium.new_context(locale=language, viewport={"width": 1280, "height": 900})
    page = context.new_page()
    page.goto(f"{sqlite_server.base_url}/auth/sign_in")
    page.locator("#name").fill(mover.username)
    page.locator("#password").fill(PASSWORD)
    page.locator("form[action='/auth/sign_in'] button.button-main").click()
    page.wait_for_url("**/home")
    page.goto(f"{sqlite_server.base_url}/settings/import")
    page.locator("#file").set_input_files(made.path)
    uploading = page.locator("form[data-progress] progress")
    expect(uploading).to_be_hidden()
    begun(page)
    with slow_uploads(page, made.path.stat().st_size // 60):
        page.locator("form[data-progress] button").click()
        expect(uploading).to_be_visible()
        shown = "document.querySelector('form[data-progress] progress').value"
        page.wait_for_function(f"() => {shown} > 0 && {shown} < 1")
        assert violations(page) == []

    run = page.locator(".import", has_text=name)
    expect(run.locator("progress")).to_be_visible()
    assert run.locator("progress").get_attribute("aria-label") == say("Progress")
    expect(run.locator("p.count")).to_contain_text(re.compile(r"\d"))
    assert violations(page) == []
    expect(run).to_contain_text(say(STATES[State.DONE]), timeout=300_000)
    expect(run.locator("progress")).to_have_count(0)
    expect(run).to_contain_text(re.compile(rf"{len(made.posts) // 1000}\W?{len(made.posts) % 1000:03d} "))

    told = {
        tuple(cell.strip() for cell in row.locator("td").all_inner_texts()) for row in run.locator("tbody tr").all()
    }
    wanted = set()
    for what, number in made.left_out.items():
        part, _, reason = what.partition(".")
        wanted.add((say(PARTS[Part(part)]), say(REASONS[Reason(reason)]), str(number)))
    assert told == wanted
    run.locator("details summary").click()
    one_by_one = run.locator("details li")
    assert one_by_one.count() > 0
    expect(one_by_one.filter(has_text=say(REASONS[Reason.DAMAGED])).first).to_be_visible()
    assert violations(page) == []

    page.goto(f"{sqlite_server.base_url}/@{mover.username}")
    expect(page.locator("article.post").first).to_be_visible()
    context.close()
    with mover.client() as client:
        assert client.get("/api/v1/accounts/verify_credentials").json()["statuses_count"] == len(made.posts)
