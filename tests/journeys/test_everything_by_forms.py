"""Everything by forms, without JavaScript: whoever a member is, and whom he lets near him."""

from __future__ import annotations

import html
import io
import re
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest
from PIL import Image

from browsing import Browsing
from imports.mastodon_exports import mastodon_archive
from palabre.accounts.queries import account_by_handle
from plain_browser import PlainBrowser, forms_of
from running import Person, RunningServer
from standbys import until
from two_step import TwoStep, give_passkey

PASSWORD = "beneath the tall tree"
Entrance = Callable[[str], PlainBrowser]


@pytest.fixture
def enter(server: RunningServer) -> Iterator[Entrance]:
    """Make an account of that name and sign it in; later calls of the same test sign it in again, elsewhere."""
    opened: list[PlainBrowser] = []
    known: dict[str, Person] = {}

    def signed_in(name: str) -> PlainBrowser:
        if name not in known:
            known[name] = server.account(name, password=PASSWORD)
        browser = PlainBrowser(server)
        opened.append(browser)
        browser.sign_in(known[name])
        return browser

    yield signed_in
    for browser in opened:
        browser.close()


def said(browser: PlainBrowser, text: str, **options: object) -> str:
    """Post something; return its id."""
    browser.open("/compose")
    browser.submit("/compose", text=text, **options)
    assert "Your post is out." in browser.words
    return newest(browser)


def newest(browser: PlainBrowser) -> str:
    name = browser.page.text.split('data-member="', 1)[1].split('"', 1)[0]
    browser.open(f"/@{name}/with_replies")
    return browser.leads_to(r"/posts/\d{31}/like").split("/")[2]


def told(browser: PlainBrowser, words: str) -> bool:
    """Whether the notifications say that by now; they come a moment after what they tell of."""
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline:
        browser.open("/notifications")
        if words in browser.words:
            return True
        time.sleep(0.05)
    return False


def drawn(colour: str, size: tuple[int, int]) -> bytes:
    kept = io.BytesIO()
    Image.new("RGB", size, colour).save(kept, "PNG")
    return kept.getvalue()


def test_who_asks_to_follow_is_accepted_or_declined_and_may_be_removed(enter: Entrance) -> None:
    owner, friend, stranger = enter("owner"), enter("friend"), enter("stranger")
    owner.open("/settings/profile")
    owner.submit("/settings/profile", locked="1")
    assert "Your profile is saved." in owner.words
    for each in (friend, stranger):
        each.open("/@owner")
        each.submit(each.leads_to(r"/accounts/\d+/follow"))
        assert "Requested" in each.words
    owner.open("/follow_requests")
    assert ("@friend" in owner.words, "@stranger" in owner.words) == (True, True)
    page = owner.page.text.split('class="request"')
    friends = next(part for part in page if "@friend" in part)
    owner.submit(friends.split('action="', 1)[1].split('"', 1)[0])
    assert "Accepted: they follow you now." in owner.words
    assert "@friend" not in owner.words.replace("Accept: @friend", "")
    owner.submit(owner.leads_to(r"/follow_requests/\d+/refuse"))
    assert "The request is declined." in owner.words
    assert "No requests" in owner.words
    post = said(owner, "For those whom I let in", visibility="followers")
    assert friend.open(f"/@owner/{post}").status_code == httpx.codes.OK
    assert stranger.open(f"/@owner/{post}").status_code == httpx.codes.NOT_FOUND
    stranger.open("/@owner")
    assert "Ask to follow" in stranger.words
    owner.open("/@friend")
    assert "Follows you" in owner.words
    owner.submit(owner.leads_to(r"/accounts/\d+/remove"))
    assert "Follows you" not in owner.words
    assert friend.open(f"/@owner/{post}").status_code == httpx.codes.NOT_FOUND


def test_what_a_follower_is_told_and_shown_is_his_choice(enter: Entrance) -> None:
    reader, writer, third = enter("reader"), enter("writer"), enter("third")
    repeated = said(third, "Heard it through the grapevine")
    reader.open("/@writer")
    reader.submit(reader.leads_to(r"/accounts/\d+/follow"))
    reader.open("/@writer")
    reader.submit(reader.leads_to(r"/accounts/\d+/notify"))
    assert "Stop telling me of posts" in reader.words
    said(writer, "First of the season")
    assert told(reader, "First of the season")
    reader.open("/@writer")
    reader.submit(reader.leads_to(r"/accounts/\d+/unnotify"))
    assert "Tell me of each post" in reader.words
    said(writer, "Second of the season")
    writer.open(f"/@third/{repeated}")
    writer.submit(f"/posts/{repeated}/repost")
    reader.open("/home")
    assert ("Second of the season" in reader.words, "grapevine" in reader.words) == (True, True)
    reader.open("/notifications")
    assert "Second of the season" not in reader.words
    reader.open("/@writer")
    reader.submit(reader.leads_to(r"/accounts/\d+/hide_reposts"))
    assert "Show reposts" in reader.words
    reader.open("/home")
    assert ("Second of the season" in reader.words, "grapevine" in reader.words) == (True, False)
    reader.open("/@writer")
    reader.submit(reader.leads_to(r"/accounts/\d+/show_reposts"))
    reader.open("/home")
    assert "grapevine" in reader.words
    reader.open("/@writer")
    reader.submit(reader.leads_to(r"/accounts/\d+/endorse"))
    assert "They are shown on your profile." in reader.words
    reader.submit(reader.leads_to(r"/accounts/\d+/unendorse"))
    assert "They are no longer shown on your profile." in reader.words
    reader.submit(reader.leads_to(r"/accounts/\d+/unfollow"))
    reader.open("/home")
    assert "Second of the season" not in reader.words


def test_muting_lasts_as_long_as_was_said_and_hides_what_was_chosen(enter: Entrance) -> None:
    quiet, loud = enter("quiet"), enter("loud")
    quiet.open("/@loud")
    quiet.submit(quiet.leads_to(r"/accounts/\d+/follow"))
    quiet.open("/@loud")
    address = quiet.page.text.split('href="/accounts/', 1)[1].split("/", 1)[0]
    quiet.open(f"/accounts/{address}/mute")
    quiet.submit(f"/accounts/{address}/mute", duration="hour", notifications=None)
    assert "Muted." in quiet.words
    assert "Muted until" in quiet.words
    said(loud, "@quiet Can you hear me?")
    assert told(quiet, "Can you hear me?"), "notifications were to go on"
    quiet.open("/home")
    assert "Can you hear me?" not in quiet.words
    quiet.open("/settings/people")
    assert ("@loud" in quiet.words, "Until " in quiet.words) == (True, True)
    quiet.submit(f"/settings/people/{address}")
    assert ("No longer muted." in quiet.words, "@loud" in quiet.words) == (True, False)

    quiet.open(f"/accounts/{address}/mute")
    quiet.submit(f"/accounts/{address}/mute")
    assert ("Muted until" in quiet.words, "Muted" in quiet.words) == (False, True)
    said(loud, "@quiet And now?")
    quiet.open("/@loud")
    quiet.submit(f"/accounts/{address}/unmute")
    assert "No longer muted." in quiet.words
    said(loud, "@quiet And after that?")
    assert told(quiet, "And after that?")
    assert "And now?" not in quiet.words, "it was hidden when it came"


def test_blocking_ends_where_it_is_taken_back(enter: Entrance) -> None:
    calm, rude = enter("calm"), enter("rude")
    post = said(calm, "A calm word")
    calm.open("/@rude")
    address = calm.page.text.split('href="/accounts/', 1)[1].split("/", 1)[0]
    for back in (f"/settings/people/{address}", f"/accounts/{address}/unblock"):
        calm.open(f"/accounts/{address}/block")
        calm.submit(f"/accounts/{address}/block")
        assert ("Blocked." in calm.words, "Blocked by you" in calm.words) == (True, True)
        assert rude.open(f"/@calm/{post}").status_code == httpx.codes.NOT_FOUND
        calm.open("/settings/people?which=blocked" if back.startswith("/settings") else "/@rude")
        calm.submit(back)
        assert "No longer blocked." in calm.words
        assert rude.open(f"/@calm/{post}").status_code == httpx.codes.OK


def test_each_deed_on_a_post_is_done_and_undone(enter: Entrance) -> None:
    writer, reader = enter("poet"), enter("critic")
    post = said(writer, "An ode to the baobab")
    page = f"/@poet/{post}"
    reader.open(page)
    for deed, undone in (("like", "unlike"), ("repost", "unrepost"), ("bookmark", "unbookmark")):
        reader.submit(f"/posts/{post}/{deed}")
        assert reader.leads_to(f"/posts/{post}/{undone}")
        if deed != "bookmark":
            writer.open(f"{page}/{deed}s")
            assert "@critic" in writer.words
        else:
            reader.open("/bookmarks")
            assert "An ode to the baobab" in reader.words
            reader.open(page)
        reader.submit(f"/posts/{post}/{undone}")
        assert reader.leads_to(f"/posts/{post}/{deed}")
        if deed != "bookmark":
            writer.open(f"{page}/{deed}s")
            assert "@critic" not in writer.words
    reader.open("/bookmarks")
    assert "An ode to the baobab" not in reader.words

    reader.open(page)
    reader.submit(f"/posts/{post}/mute")
    assert "You are not told of this conversation any more." in reader.words
    reader.submit(f"/posts/{post}/unmute")
    assert "You are told of this conversation again." in reader.words

    reader.open(f"/compose?reply_to={post}")
    reader.submit("/compose", text="@poet It does not scan.")
    answer = newest(reader)
    writer.open(page)
    for way, shown in (("vote_down", "vote_back"), ("vote_back", "vote_up"), ("vote_up", "vote_back")):
        writer.submit(f"/posts/{answer}/{way}")
        assert writer.leads_to(f"/posts/{answer}/{shown}")

    writer.open(page)
    writer.submit(f"/posts/{post}/pin")
    assert "The post stands on top of your profile." in writer.words
    writer.open("/@poet")
    assert "Pinned" in writer.words
    writer.submit(f"/posts/{post}/unpin")
    assert "The post is no longer pinned." in writer.words
    writer.open(f"/posts/{post}/rewrite")
    writer.submit(f"/posts/{post}/rewrite")
    assert "The post is deleted. What it said is a draft until you publish it." in writer.words
    assert reader.open(page).status_code == httpx.codes.NOT_FOUND
    writer.submit("/compose")
    post = newest(writer)
    page = f"/@poet/{post}"
    assert reader.open(page).status_code == httpx.codes.OK
    writer.open(f"/posts/{post}/delete")
    writer.submit(f"/posts/{post}/delete")
    assert "The post is deleted." in writer.words
    assert reader.open(page).status_code == httpx.codes.NOT_FOUND


def test_notifications_are_cleared(enter: Entrance) -> None:
    famous, fan = enter("famous"), enter("fan")
    fan.open("/@famous")
    fan.submit(fan.leads_to(r"/accounts/\d+/follow"))
    assert told(famous, "fan")
    famous.submit("/notifications/clear")
    assert "All notifications are cleared." in famous.words
    assert "fan" not in famous.words
    assert famous.open("/notifications").status_code == httpx.codes.OK
    assert "fan" not in famous.words


def test_one_session_is_ended_and_the_others_go_on(enter: Entrance) -> None:
    desk, phone, lost = enter("traveller"), enter("traveller"), enter("traveller")
    newest_first = desk.open("/settings/account").text.split("/settings/account/sessions/")
    assert len(newest_first) == 4, "two others, and the button for all of them"
    ended = 0
    for browser in (phone, lost):
        assert browser.open("/home").status_code == httpx.codes.OK
    desk.submit(desk.leads_to(r"/settings/account/sessions/\d+/end"))
    assert "That session is ended." in desk.words
    for browser in (phone, lost):
        ended += browser.open("/home").url.path == "/auth/sign_in"
    assert ended == 1
    assert desk.open("/home").url.path == "/home"


def test_a_profile_has_its_pictures_its_lock_and_says_that_it_is_a_machine(
    enter: Entrance, server: RunningServer
) -> None:
    robot = enter("robot")
    robot.open("/settings/profile")
    lines = {"fields[0][name]": "Maker", "fields[0][value]": "A <b>workshop</b>"}
    robot.submit(
        "/settings/profile",
        files={
            "avatar": ("face.png", drawn("teal", (300, 300)), "image/png"),
            "header": ("wide.png", drawn("navy", (900, 300)), "image/png"),
        },
        display_name="Rob",
        bio="Tells the weather\r\nevery hour",
        locked="1",
        bot="1",
        **lines,
    )
    assert "Your profile is saved." in robot.words
    with server.client() as anybody:
        found = anybody.get("/api/v1/accounts/lookup", params={"acct": "robot"}).json()
        assert (found["display_name"], found["locked"], found["bot"]) == ("Rob", True, True)
        for kind in ("avatar", "header"):
            assert "/media/" in found[kind]
            assert anybody.get(found[kind]).headers["content-type"].startswith("image/")
    robot.open("/@robot")
    for words in ("Approves followers", "Bot", "A <b>workshop</b>", "Tells the weather"):
        assert words in robot.words
    assert f'src="{found["avatar"].removeprefix(server.base_url)}"' in html.unescape(robot.page.text)

    robot.open("/settings/profile")
    robot.submit("/settings/profile", locked=None, bot=None)
    with server.client() as anybody:
        kept = anybody.get("/api/v1/accounts/lookup", params={"acct": "robot"}).json()
    assert (kept["locked"], kept["bot"]) == (False, False)
    assert (kept["avatar"], kept["header"], kept["note"]) == (found["avatar"], found["header"], found["note"])
    robot.open("/settings/profile")
    robot.submit("/settings/profile", remove_avatar="1", remove_header="1")
    with server.client() as anybody:
        bare = anybody.get("/api/v1/accounts/lookup", params={"acct": "robot"}).json()
        assert "/media/" not in bare["avatar"] + bare["header"]
        until(lambda: anybody.get(found["avatar"]).status_code == httpx.codes.NOT_FOUND, "the file is gone")

    robot.open("/settings/profile")
    wrong = robot.submit(
        "/settings/profile", files={"avatar": ("face.png", b"not a picture", "image/png")}, bio="A new one"
    )
    assert wrong.status_code == httpx.codes.UNPROCESSABLE_ENTITY
    assert "A new one</textarea>" in wrong.text, "what was typed is kept"
    assert 'id="avatar-wrong"' in wrong.text


def test_who_is_suggested_may_be_dismissed(enter: Entrance, server: RunningServer) -> None:
    seeker, shown = enter("seeker"), enter("shown")
    shown.open("/settings/profile")
    shown.submit("/settings/profile", discoverable="1")
    said(shown, "Anybody here?")
    for name in ("first", "second"):
        follower = enter(name)
        follower.open("/@shown")
        follower.submit(follower.leads_to(r"/accounts/\d+/follow"))
        seeker.open(f"/@{name}")
        seeker.submit(seeker.leads_to(r"/accounts/\d+/follow"))
    seeker.open("/people")
    page = html.unescape(seeker.page.text)
    assert "Not interested: @shown" in page
    asked = page.split("Not interested: @shown", 1)[0].rpartition('action="')[2].partition('"')[0]
    seeker.submit(asked)
    assert "They will not be suggested again." in seeker.words
    assert "Not interested: @shown" not in html.unescape(seeker.page.text)


def test_who_has_to_wait_may_be_taken_off_the_list(enter: Entrance) -> None:
    busy, caller = enter("busy"), enter("caller")
    busy.open("/settings/notifications")
    busy.submit("/settings/notifications", not_following="filter")
    said(caller, "@busy Hello? Hello?")
    deadline = time.monotonic() + 120
    while "Hello? Hello?" not in busy.open("/notifications/requests").text and time.monotonic() < deadline:
        time.sleep(0.05)
    busy.submit(busy.leads_to(r"/notifications/requests/\d+/dismiss"))
    assert "Removed." in busy.words
    assert "Hello? Hello?" not in busy.words
    busy.open("/notifications")
    assert "Hello? Hello?" not in busy.words


def test_a_hashtag_is_followed_no_longer(enter: Entrance) -> None:
    gardener = enter("gardener")
    gardener.open("/tags/gardens")
    gardener.submit("/tags/gardens/follow")
    assert "You follow this hashtag." in gardener.words
    gardener.submit("/tags/gardens/unfollow")
    assert "You no longer follow this hashtag." in gardener.words
    gardener.open("/settings/hashtags")
    assert "#gardens" not in gardener.words


def test_a_passkey_gets_another_name(enter: Entrance, server: RunningServer) -> None:
    holder = enter("holder")
    with server.opened() as opened:
        found = opened.database.read_now(account_by_handle, "holder")
    assert found is not None
    give_passkey(server, found.id, "Phone")
    holder.open("/settings/passkeys")
    holder.open(re.findall(r"/settings/passkeys/\d+", holder.page.text)[0])
    holder.submit(holder.leads_to(r"/settings/passkeys/\d+"), name="Old phone")
    assert "The name is saved." in holder.words
    holder.open("/settings/passkeys")
    assert "Old phone" in holder.words


def test_an_address_is_kept_and_new_recovery_codes_are_made(enter: Entrance, server: RunningServer) -> None:
    careful = enter("careful")
    careful.open("/settings/account")
    address = {"email": "careful@example.org", "email_password": PASSWORD}
    careful.submit("/settings/account/email", **address)
    assert "Your e-mail address is saved." in careful.words
    assert 'value="careful@example.org"' in careful.page.text
    step = TwoStep(Browsing(server).sign_in("careful", PASSWORD), PASSWORD)
    careful = PlainBrowser(server)
    careful.open("/auth/sign_in")
    careful.submit("/auth/sign_in", name="careful", password=PASSWORD)
    careful.submit("/auth/second_step", code=step.recovery_codes[0])
    careful.open("/settings/two_step")
    assert "9 recovery codes are left." in careful.words
    careful.submit("/settings/two_step/codes", password=PASSWORD, code=step.recovery_codes[1])
    codes = set(re.findall(r"<li>([a-z2-7-]{19})</li>", careful.page.text))
    assert (len(codes), codes & set(step.recovery_codes)) == (10, set())
    careful.close()


def test_an_import_is_stopped_where_it_is(enter: Entrance, tmp_path: Path) -> None:
    made = mastodon_archive(tmp_path / "archive.zip", posts=6_000, pictures=0)
    mover = enter("mover")
    mover.open("/settings/import")
    mover.submit("/settings/import", files={"file": ("archive.zip", made.path.read_bytes(), "application/zip")})
    assert "Your archive has arrived." in mover.words
    assert "<progress" in mover.page.text
    mover.submit(mover.leads_to(r"/settings/import/\d+/cancel"))
    assert "Stopped by you" in mover.words
    assert not [form for form in forms_of(mover.page.text) if form.action.endswith("/cancel")]
    mover.open("/@mover")
    posts = int(mover.words.split(" posts", 1)[0].split()[-1].replace(",", "")) if " posts" in mover.words else 1
    assert posts < len(made.posts)
