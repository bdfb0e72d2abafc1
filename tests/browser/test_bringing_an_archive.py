"""A member brings a list of people from elsewhere: upload, progress, result, and what is wrong said in words."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from browser.steps import member, sign_in, violations
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
    expect(browser_page.locator(".import").first).to_contain_text("neither an X archive", timeout=60_000)

    people = tmp_path / "following_accounts.csv"
    header = "Account address,Show boosts,Notify on new posts,Languages\n"
    people.write_text(f"{header}ben@{domain},true,false,\nnobody@{domain},true,false,\n")
    browser_page.get_by_label("Your file").set_input_files(people)
    browser_page.get_by_role("button", name="Bring it here").click()
    newest = browser_page.locator(".import", has_text="following_accounts.csv")
    expect(newest).to_contain_text("1 thing is new here.", timeout=60_000)
    expect(newest).to_contain_text("not here yet")
    assert violations(browser_page) == []
    with ben.client() as client:
        told = [each["account"]["username"] for each in client.get("/api/v1/notifications").json()]
    assert "ana" in told
