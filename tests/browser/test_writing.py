"""The composer with scripts: drafts that survive, the counter, pictures, warnings, and deleting in a dialog."""

from __future__ import annotations

import itertools
import random
from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import Image
from playwright.sync_api import Browser, Page, Route, expect

from browser.steps import Complaints, begun, member, picture, sign_in, slow_uploads, violations
from running import RunningServer

pytestmark = pytest.mark.browser
_NUMBERS = itertools.count(1)


@pytest.fixture
def writing(browser_page: Page, sqlite_server: RunningServer, request: pytest.FixtureRequest) -> Page:
    """A member's home, with an empty composer."""
    name = request.node.name.removeprefix("test_").replace("_", "")[:24]
    sign_in(browser_page, member(sqlite_server, name))
    return browser_page


@pytest.fixture
def bare(chromium: Browser, sqlite_server: RunningServer) -> Iterator[Page]:
    """The same in a browser that allows no service worker, which would keep what is sent."""
    context = chromium.new_context(locale="en", service_workers="block")
    page = context.new_page()
    sign_in(page, member(sqlite_server, f"bare_{next(_NUMBERS)}"))
    yield page
    context.close()


def text(page: Page):
    return page.get_by_label("Text of the post")


def test_other_words_in_a_draft_that_was_published_are_another_post(writing: Page) -> None:
    """The answer was lost, so the draft is still here, with the key of a post that is out."""
    text(writing).fill("Published, but nobody said so")
    left = writing.evaluate("JSON.stringify(localStorage)")
    writing.get_by_role("button", name="Post", exact=True).click()
    expect(writing.locator("article.post").first).to_contain_text("Published, but nobody said so")
    begun(writing)
    writing.evaluate("(left) => Object.assign(localStorage, JSON.parse(left))", left)
    writing.reload()
    expect(text(writing)).to_have_value("Published, but nobody said so")
    begun(writing)
    writing.get_by_role("button", name="Post", exact=True).click()
    expect(writing.get_by_text("Your post is out.")).to_be_visible()
    expect(writing.locator("article.post")).to_have_count(1)  # the same words again are the same post
    begun(writing)
    writing.evaluate("(left) => Object.assign(localStorage, JSON.parse(left))", left)
    writing.reload()
    begun(writing)
    text(writing).fill("Other words")
    writing.get_by_role("button", name="Post", exact=True).click()
    expect(writing.locator("article.post").first).to_contain_text("Other words")
    expect(writing.locator("article.post")).to_have_count(2)


def test_what_is_written_survives_a_reload_and_goes_when_it_is_published(writing: Page) -> None:
    text(writing).fill("Half a thought")
    writing.get_by_label("Content warning", exact=True).check()
    writing.get_by_label("Content warning:", exact=False).fill("Thoughts")
    writing.get_by_label("Who may read this").select_option("unlisted")
    writing.reload()
    expect(text(writing)).to_have_value("Half a thought")
    expect(writing.get_by_label("Content warning:", exact=False)).to_have_value("Thoughts")
    expect(writing.get_by_label("Who may read this")).to_have_value("unlisted")
    expect(writing.locator(".toast")).to_contain_text("here again")
    begun(writing)
    text(writing).fill("A whole thought")
    writing.keyboard.press("Control+Enter")
    expect(writing.get_by_text("Your post is out.")).to_be_visible()
    expect(text(writing)).to_have_value("")
    begun(writing)
    writing.reload()
    begun(writing)
    expect(text(writing)).to_have_value("")
    expect(writing.locator("article.post").first).to_contain_text("Thoughts")


def test_a_page_left_before_its_scripts_began_has_forgotten_what_is_out(bare: Page) -> None:
    text(bare).fill("Out already")
    bare.route("**/built/page-*.js", lambda route: route.abort())
    bare.locator("[data-key-submit]").click()
    expect(bare.get_by_text("Your post is out.")).to_be_visible()
    bare.wait_for_load_state()
    bare.unroute("**/built/page-*.js")
    bare.reload()
    begun(bare)
    expect(text(bare)).to_have_value("")


@pytest.mark.parametrize("before", ["", "An older draft"])
def test_what_is_typed_before_scripts_began_is_kept_too(bare: Page, before: str) -> None:
    text(bare).fill(before)
    held: list[Route] = []
    bare.route("**/built/page-*.js", lambda route: held.append(route))  # noqa: PLW0108 - Playwright sets attributes on it
    bare.reload(wait_until="commit")
    text(bare).fill("Typed early")
    bare.unroute("**/built/page-*.js")
    for route in held:
        route.continue_()
    begun(bare)
    expect(text(bare)).to_have_value("Typed early")
    bare.reload()
    begun(bare)
    expect(text(bare)).to_have_value("Typed early")


def test_what_is_written_survives_a_server_that_is_away(bare: Page, sqlite_server: RunningServer) -> None:
    text(bare).fill("Nobody hears this yet")
    bare.context.set_offline(True)
    bare.keyboard.press("Control+Enter")
    bare.wait_for_timeout(300)
    bare.context.set_offline(False)
    bare.goto(f"{sqlite_server.base_url}/home")
    expect(text(bare)).to_have_value("Nobody hears this yet")


def test_the_counter_appears_near_the_limit_and_counts_links_as_the_server_does(writing: Page) -> None:
    text(writing).fill("short")
    expect(writing.locator(".counter")).to_be_hidden()
    text(writing).fill("x" * 950 + " https://example.org/" + "long/" * 40)
    expect(writing.locator(".counter")).to_have_text("26 characters left")
    text(writing).fill("x" * 1003)
    expect(writing.locator(".counter")).to_have_text("3 characters too many")
    writing.locator("[data-key-submit]").click()
    expect(writing.locator("#text-wrong")).to_contain_text("1003")
    expect(text(writing)).to_have_value("x" * 1003)


def test_pictures_are_uploaded_described_and_removed(writing: Page, tmp_path: Path) -> None:
    complaints = Complaints(writing)
    chooser = writing.locator("[data-upload]")
    chooser.set_input_files([picture(tmp_path, "one.png"), picture(tmp_path, "two.png", (300, 900))])
    expect(writing.locator(".attachment")).to_have_count(2)
    writing.get_by_label("Description for people").first.fill("A circle")
    writing.get_by_label("bottom right").first.check()
    writing.get_by_role("button", name="Remove").last.click()
    expect(writing.locator(".attachment")).to_have_count(1)
    writing.reload()
    expect(writing.locator(".attachment")).to_have_count(1)
    writing.get_by_label("Description for people").first.fill("A dark circle")
    writing.locator("[data-key-submit]").click()
    expect(writing.locator("article.post").first.get_by_role("img", name="A dark circle")).to_be_visible()
    assert complaints.heard == []


def test_each_part_of_a_thread_takes_pictures_that_are_described_and_removed(
    writing: Page, tmp_path: Path, sqlite_server: RunningServer
) -> None:
    complaints = Complaints(writing)
    writing.goto(f"{sqlite_server.base_url}/compose/thread")
    begun(writing)
    one, two = writing.locator(".thread-part").nth(0), writing.locator(".thread-part").nth(1)
    expect(writing.get_by_role("button", name="Attach")).to_have_count(0)
    one.get_by_label("Part 1", exact=True).fill("First, an oak")
    two.get_by_label("Part 2", exact=True).fill("Then two trees")
    drawn = [picture(tmp_path, f"{each}.png", (300 + each, 200)) for each in range(5)]
    two.locator("[data-upload]").set_input_files(drawn)
    expect(two.locator(".attachment")).to_have_count(4)
    expect(writing.locator(".toast")).to_contain_text("up to 4 pictures")
    expect(one.locator(".attachment")).to_have_count(0)
    for left in (3, 2):
        two.get_by_role("button", name="Remove").last.click()
        expect(two.locator(".attachment")).to_have_count(left)
    one.locator("[data-upload]").set_input_files(drawn[4])
    expect(one.locator(".attachment")).to_have_count(1)
    for part, words in ((one, "The oak"), (two, "A tree")):
        part.get_by_label("Description for people").first.fill(words)
    assert violations(writing) == []
    writing.get_by_role("button", name="One more part").click()
    expect(writing.locator(".thread-part")).to_have_count(4)
    expect(two.locator(".attachment")).to_have_count(2)
    writing.locator("[data-key-submit]").click()
    expect(writing.get_by_text("Your thread is out.")).to_be_visible()
    first, second = (writing.locator("article.post", has_text=each) for each in ("First, an oak", "Then two trees"))
    expect(first.get_by_role("img", name="The oak")).to_be_visible()
    expect(second.locator(".media img")).to_have_count(2)
    expect(second.get_by_role("img", name="A tree")).to_be_visible()
    assert complaints.heard == []


def test_a_file_that_is_no_picture_is_refused_with_a_word_of_why(writing: Page, tmp_path: Path) -> None:
    file = tmp_path / "notes.png"
    file.write_text("not a picture at all")
    writing.locator("[data-upload]").set_input_files(file)
    expect(writing.locator(".toast")).to_contain_text("of a type that is not accepted here")
    expect(writing.locator("[data-key-submit]")).to_be_enabled()


def test_deleting_asks_in_a_dialog_and_can_be_thought_better_of(writing: Page) -> None:
    text(writing).fill("A mistake")
    writing.locator("[data-key-submit]").click()
    mine = writing.locator("article.post", has_text="A mistake")
    expect(mine).to_be_visible()
    begun(writing)
    for answer in ("Keep it", "Delete for good"):
        mine.locator(".actions .menu > summary").click()
        mine.get_by_role("link", name="Delete", exact=True).click()
        dialog = writing.get_by_role("dialog", name="Delete this post?")
        expect(dialog).to_be_visible()
        dialog.get_by_text(answer).click()
        if answer == "Keep it":
            expect(dialog).to_be_hidden()
            expect(mine).to_be_visible()
    expect(writing.get_by_text("The post is deleted.")).to_be_visible()
    expect(mine).to_have_count(0)


def test_an_action_that_fails_is_taken_back_with_a_word_of_why(bare: Page) -> None:
    text(bare).fill("Like me")
    bare.locator("[data-key-submit]").click()
    like = bare.locator("article.post", has_text="Like me").get_by_role("button", name="Like")
    expect(like).to_be_visible()
    begun(bare)
    bare.context.set_offline(True)
    like.click()
    expect(bare.locator(".toast")).to_contain_text("did not work")
    expect(like).to_have_attribute("aria-pressed", "false")
    bare.context.set_offline(False)
    with bare.expect_response("**/like"):  # the button turns at once; a reload before the answer would undo it
        like.click()
    expect(like).to_have_attribute("aria-pressed", "true")
    bare.reload()
    expect(like).to_have_attribute("aria-pressed", "true")


def test_how_far_an_upload_is_is_shown_while_it_goes_on(writing: Page, tmp_path: Path) -> None:
    photograph = tmp_path / "noise.png"
    Image.frombytes("RGB", (400, 300), random.Random(1).randbytes(400 * 300 * 3)).save(photograph)
    text(writing).fill("Look")
    waiting = writing.locator(".attaching")
    with slow_uploads(writing, photograph.stat().st_size // 60):
        writing.locator("[data-upload]").set_input_files(photograph)
        expect(waiting).to_contain_text("Uploading noise.png")
        shown = "() => document.querySelector('.attaching progress')?.value ?? 1"
        writing.wait_for_function(f"() => {{ const at = ({shown})(); return at > 0 && at < 1 }}")
        first = writing.evaluate(shown)
        writing.wait_for_function(f"(before) => ({shown})() > before", arg=first)
        assert violations(writing) == []
        expect(writing.locator("[data-key-submit]")).to_be_disabled()
    expect(writing.locator("[data-media] img")).to_be_visible()
    expect(waiting).to_have_count(0)
    expect(writing.locator("[data-key-submit]")).to_be_enabled()


def test_names_and_hashtags_are_offered_while_they_are_typed(writing: Page, sqlite_server: RunningServer) -> None:
    sqlite_server.accounts(["zelkova_one", "zelkova_two"])
    complaints = Complaints(writing)
    text(writing).press_sequentially("Ask @zelk")
    options = writing.locator(".suggested")
    expect(options).to_have_count(2)
    expect(options.first).to_have_attribute("aria-selected", "true")
    assert violations(writing) == []
    chosen = options.nth(1).get_attribute("data-insert")
    writing.keyboard.press("ArrowDown")
    writing.keyboard.press("Enter")
    expect(text(writing)).to_have_value(f"Ask {chosen} ")
    expect(options).to_have_count(0)

    text(writing).press_sequentially("about ana@zelk")  # an address of e-mail
    writing.wait_for_timeout(600)
    expect(options).to_have_count(0)
    text(writing).press_sequentially(" or @zelk")
    expect(options).to_have_count(2)
    writing.keyboard.press("Escape")
    expect(options).to_have_count(0)
    text(writing).press_sequentially("o")
    clicked = options.first.get_attribute("data-insert")
    options.first.click()
    expect(text(writing)).to_have_value(f"Ask {chosen} about ana@zelk or {clicked} ")
    expect(text(writing)).to_be_focused()
    text(writing).press_sequentially("#Zel")
    text(writing).press_sequentially("da")
    writing.keyboard.press("Control+Enter")
    expect(writing.get_by_text("Your post is out.")).to_be_visible()
    begun(writing)
    text(writing).press_sequentially("#zel")
    expect(options).to_have_text(["#Zelda 1 post"])
    expect(options.first).to_have_attribute("aria-selected", "false")  # one may mean another
    writing.keyboard.press("Enter")
    expect(text(writing)).to_have_value("#zel\n")
    assert complaints.heard == []


def test_a_draft_for_all_does_not_come_into_a_message_for_one(writing: Page, sqlite_server: RunningServer) -> None:
    text(writing).fill("Half a thought for everybody")
    writing.goto(f"{sqlite_server.base_url}/compose?visibility=mentioned&to=somebody")
    expect(text(writing)).to_have_value("@somebody ")
    begun(writing)
    text(writing).press_sequentially("between us")
    writing.goto(f"{sqlite_server.base_url}/home")
    expect(text(writing)).to_have_value("Half a thought for everybody")
    writing.goto(f"{sqlite_server.base_url}/compose?visibility=mentioned&to=somebody")
    expect(text(writing)).to_have_value("@somebody between us")
    expect(writing.get_by_label("Who may read this")).to_have_value("mentioned")


def test_pictures_open_above_the_page_one_after_the_other(
    writing: Page, sqlite_server: RunningServer, tmp_path: Path
) -> None:
    complaints = Complaints(writing)
    writing.locator("[data-upload]").set_input_files([picture(tmp_path, "one.png"), picture(tmp_path, "two.png")])
    expect(writing.locator(".attachment")).to_have_count(2)
    writing.get_by_label("Description for people").first.fill("A circle")
    text(writing).fill("Two pictures")
    writing.get_by_role("button", name="Post", exact=True).click()
    post = writing.locator("article.post").first
    expect(post).to_contain_text("Two pictures")
    begun(writing)
    address = writing.url
    post.locator(".picture > a").first.click()
    above = writing.get_by_role("dialog", name="A circle")
    expect(above).to_be_visible()
    expect(writing.get_by_role("button", name="Close")).to_be_focused()
    assert violations(writing) == []
    writing.keyboard.press("ArrowRight")
    expect(writing.get_by_role("dialog", name="Picture without a description")).to_be_visible()
    writing.get_by_role("button", name="Next picture").click()
    expect(above).to_be_visible()
    writing.keyboard.press("Escape")
    expect(writing.locator("dialog.pictures")).to_have_count(0)
    expect(post.locator(".picture > a").first).to_be_focused()
    assert writing.url == address
    assert complaints.heard == []
