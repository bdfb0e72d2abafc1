"""Pages for those who run the network, without a script: accounts and acts, who is kept out, trends, reports."""

from __future__ import annotations

import html
import re

import pytest

from browsing import PASSWORD, Browsing
from running import Person, RunningServer
from standbys import until
from trending import let_trend


@pytest.fixture(scope="module")
def people(server: RunningServer) -> dict[str, Person]:
    made = {name: server.account(name, password=PASSWORD) for name in ("ben", "cleo", "dora", "spam")}
    return made | {"root": server.account("root", password=PASSWORD, admin=True)}


@pytest.fixture
def root(server: RunningServer, people: dict[str, Person]) -> Browsing:
    return Browsing(server).sign_in(people["root"])


@pytest.fixture
def ben(server: RunningServer, people: dict[str, Person]) -> Browsing:
    return Browsing(server).sign_in(people["ben"])


def place_of(root: Browsing, name: str) -> str:
    found = re.search(r'href="(/admin/accounts/\d{31})"', root.get(f"/admin/accounts?name={name}").text)
    assert found is not None
    return found[1]


def test_nobody_else_learns_that_there_are_such_pages(server: RunningServer, root: Browsing, ben: Browsing) -> None:
    place = place_of(root, "cleo")
    for path in (
        "/admin/accounts", place, "/admin/blocks", "/admin/trends", "/admin/reports", "/admin/servers",
        "/admin/servers/allowed", "/admin/hashtags", "/admin/appeals",
    ):  # fmt: skip
        for other in (ben, Browsing(server)):
            shown, absent = other.get(path), other.get("/nowhere")
            assert (shown.status_code, absent.status_code) == (404, 404)
            same = [
                re.sub(r"value=\"[^\"]*\"|/nowhere|" + re.escape(path), "", each.text) for each in (shown, absent)
            ]
            assert same[0] == same[1]


def test_an_account_is_found_limited_and_limited_no_longer(root: Browsing, people: dict[str, Person]) -> None:
    place = place_of(root, "cleo")
    assert root.post(f"{place}/act", data={"act": "silence", "reason": "Too loud"}).status_code == 303
    page = root.get(place).text
    assert "Too loud" in page
    assert 'value="unsilence"' in page
    assert "@cleo" in root.get("/admin/accounts?status=silenced").text
    with people["ben"].client() as client:
        assert client.get("/api/v1/accounts/lookup", params={"acct": "cleo"}).json()["limited"] is True
    assert root.post(f"{place}/undo", data={"act": "unsilence"}).status_code == 303
    assert "@cleo" not in root.get("/admin/accounts?status=silenced").text
    assert "Limited no longer" in root.get(place).text


def test_the_network_vouches_on_a_page_and_the_warned_read_why(
    server: RunningServer, root: Browsing, ben: Browsing, people: dict[str, Person]
) -> None:
    place = place_of(root, "dora")
    assert root.post(f"{place}/vouch", data={"facts[]": ["official", "parody"]}).status_code == 303
    page = root.get(place).text
    assert 'value="official" checked' in page
    assert "Vouched for" in page
    assert "those who run this network vouch for it" in ben.get("/@dora").text
    assert root.post(f"{place}/vouch").status_code == 303
    assert "vouch for it" not in ben.get("/@dora").text
    assert ben.post(f"{place}/vouch", data={"facts[]": "official"}).status_code == 404
    assert root.post(f"{place_of(root, 'root')}/vouch", data={"facts[]": "official"}).status_code == 403
    assert root.post(f"{place}/act", data={"act": "none", "reason": "Mind <your> words"}).status_code == 303
    dora = Browsing(server).sign_in(people["dora"])
    until(lambda: "A warning from those who run the network" in dora.get("/notifications").text, "the warning")
    assert "Mind &lt;your&gt; words" in dora.get("/notifications").text


def test_a_member_appeals_and_somebody_decides(
    server: RunningServer, root: Browsing, ben: Browsing, people: dict[str, Person]
) -> None:
    eva = server.account("evelyn", password=PASSWORD)
    member, place = Browsing(server).sign_in(eva), place_of(root, "evelyn")
    assert "Nothing was done" in member.get("/settings/warnings").text
    for kind in ("silence", "none"):
        assert root.post(f"{place}/act", data={"act": kind, "reason": f"<{kind}>"}).status_code == 303
    page = member.get("/settings/warnings").text
    assert ("&lt;silence&gt;" in page, "@root" in page) == (True, False), "no moderator is named"
    warned, limited = re.findall(r'action="(/settings/warnings/\d{31}/appeal)"', html.unescape(page))
    until(lambda: "/settings/warnings" in html.unescape(member.get("/notifications").text), "the warnings")
    for wrong in ("", "x" * 2_001):
        refused = member.post(limited, data={"text": wrong})
        assert (refused.status_code, "-wrong" in refused.text) == (422, True)
    assert ben.post(limited, data={"text": "mine?"}).status_code == 404
    assert member.post(limited, data={"text": "I <quoted>"}).status_code == 303
    again = member.post(limited, data={"text": "I insist"})
    assert (again.status_code, "appealed against this already" in again.text) == (422, True)
    assert member.post(warned, data={"text": "No"}).status_code == 303
    assert ben.get("/admin/appeals").status_code == 404
    page = html.unescape(root.get("/admin/appeals").text)
    assert ("I <quoted>" in page, "2 open" in page, "@evelyn" in page) == (True, True, True)
    until(lambda: "appeals against what was done" in root.get("/notifications").text, "the appeal")
    number = limited.split("/")[3]
    assert ben.post(f"/admin/appeals/{number}/approve").status_code == 404
    assert root.post(f"/admin/appeals/{number}/approve").status_code == 303
    assert root.post(f"/admin/appeals/{number}/approve").status_code == 409
    assert root.post(f"/admin/appeals/{warned.split('/')[3]}/reject").status_code == 303
    assert "No appeals" in root.get("/admin/appeals").text
    decided = root.get("/admin/appeals?which=closed").text
    assert ("Agreed with" in decided, "Turned down" in decided, "by @root" in decided) == (True, True, True)
    assert "Limited no longer" in root.get(place).text
    page = member.get("/settings/warnings").text
    assert ("Agreed with" in page, "Turned down" in page, "What was done is taken back." in page) == (
        True,
        True,
        True,
    )
    until(lambda: "Your appeal was agreed with" in member.get("/notifications").text, "the decision")
    assert "Your appeal was turned down" in member.get("/notifications").text


def test_who_runs_the_network_is_told_of_reports_and_sign_ups_if_he_wants(
    server: RunningServer, root: Browsing, ben: Browsing, people: dict[str, Person]
) -> None:
    target = re.search(r'href="/report\?account=(\d+)"', ben.get("/@spam").text)
    assert ben.post("/report", data={"account": target[1], "comment": "Look <here>"}).status_code == 303
    until(lambda: "has reported @spam" in root.get("/notifications").text, "the report")
    assert "Look &lt;here&gt;" in root.get("/notifications").text
    assert "has reported" not in ben.get("/notifications").text
    assert "Running the network" not in ben.get("/settings/notifications").text
    assert "Running the network" in root.get("/settings/notifications").text
    policy = dict.fromkeys(
        ("not_following", "not_followers", "new_accounts", "private_mentions", "limited_accounts"), "accept"
    )
    assert root.post("/settings/notifications", data={**policy, "told_sign_ups": "1"}).status_code == 303
    page = root.get("/settings/notifications").text
    assert re.search(r'name="told_sign_ups"[^>]*checked', page)
    assert not re.search(r'name="told_reports"[^>]*checked', page)


def test_who_is_disabled_cannot_sign_in_and_is_signed_out(
    server: RunningServer, root: Browsing, people: dict[str, Person]
) -> None:
    cleo, place = Browsing(server).sign_in(people["cleo"]), place_of(root, "cleo")
    assert cleo.get("/settings").status_code == 200
    assert root.post(f"{place}/act", data={"act": "disable"}).status_code == 303
    assert cleo.get("/settings").status_code == 303
    again = Browsing(server)
    again.get("/auth/sign_in")
    assert again.post("/auth/sign_in", data={"name": "cleo", "password": PASSWORD}).status_code == 422
    assert root.get("/@cleo").status_code == 200
    assert root.post(f"{place}/undo", data={"act": "enable"}).status_code == 303
    assert cleo.get("/settings").status_code == 200


def test_an_account_is_deleted_only_once_it_is_suspended(root: Browsing, people: dict[str, Person]) -> None:
    place = place_of(root, "spam")
    refused = root.post(f"{place}/delete")
    assert (refused.status_code, "An account is suspended before it is deleted." in refused.text) == (422, True)
    assert root.post(f"{place}/act", data={"act": "suspend", "reason": "Spam"}).status_code == 303
    assert root.post(f"{place}/delete").status_code == 303
    assert root.get(place).status_code == 404


def test_those_who_run_the_network_are_left_alone(root: Browsing, people: dict[str, Person]) -> None:
    place = place_of(root, "root")
    assert "it is not yours to change" in root.get(place).text
    assert root.post(f"{place}/act", data={"act": "suspend"}).status_code == 422


def test_providers_and_networks_are_kept_out(
    server: RunningServer, root: Browsing, people: dict[str, Person]
) -> None:
    assert root.post("/admin/blocks/domains", data={"domain": "spam.example"}).status_code == 303
    assert root.post("/admin/blocks/domains", data={"domain": "spam.example"}).status_code == 422
    visitor = Browsing(server)
    visitor.get("/auth/sign_up")
    newcomer = {"username": "newcomer", "password": "a long password", "email": "x@spam.example"}
    refused = visitor.post("/auth/sign_up", data=newcomer)
    assert (refused.status_code, "Nobody signs up with this e-mail address here." in refused.text) == (422, True)
    for own in ("127.0.0.1", "0.0.0.0/0", "nonsense"):
        assert root.post("/admin/blocks/networks", data={"ip": own, "severity": "no_access"}).status_code == 422
    made = root.post("/admin/blocks/networks", data={"ip": "127.0.0.0/8", "severity": "sign_up_block", "days": "1"})
    assert made.status_code == 303
    page = root.get("/admin/blocks").text
    assert ("127.0.0.0" in page, "spam.example" in page) == (True, True)
    refused = visitor.post("/auth/sign_up", data={**newcomer, "email": ""})
    assert (refused.status_code, "Nobody signs up from where you are" in refused.text) == (422, True)
    for place in re.findall(r'action="(/admin/blocks/\w+/\d{31}/remove)"', page):
        assert root.post(place).status_code == 303
    assert visitor.post("/auth/sign_up", data=newcomer).status_code == 303


def test_a_hashtag_is_rejected_and_approved(root: Browsing, people: dict[str, Person]) -> None:
    for name in ("ben", "dora", "root"):
        with people[name].client() as client:
            client.post("/api/v1/statuses", json={"status": "#oak"}).raise_for_status()
    found = re.search(r'action="(/admin/trends/\d{31})"', root.get("/admin/trends").text)
    assert found is not None
    with people["ben"].client() as client:
        trending = lambda: [each["name"] for each in client.get("/api/v1/trends/tags").json()]  # noqa: E731
        assert trending() == ["oak"]
        assert root.post(found[1], data={"trendable": "0"}).status_code == 303
        assert trending() == []
        assert root.post(found[1], data={"trendable": "1"}).status_code == 303
        assert trending() == ["oak"]


def test_posts_pages_and_publishers_are_rejected_and_approved(server: RunningServer, root: Browsing) -> None:
    who = [server.account(name).client() for name in ("eva", "flo", "gus", "hal")]
    who[0].patch("/api/v1/accounts/update_credentials", json={"discoverable": True}).raise_for_status()
    let_trend(server, who)
    page = html.unescape(root.get("/admin/trends").text)
    for kind, path in (("posts", "statuses"), ("publishers", "links"), ("links", "links")):
        place = re.search(rf'action="(/admin/trends/{kind}/\d{{31}})"', page)
        assert place is not None, kind
        for trendable in ("1", "0", "1"):
            assert root.post(place[1], data={"trendable": trendable}).status_code == 303
            assert len(who[0].get(f"/api/v1/trends/{path}").json()) == int(trendable), (kind, trendable)
    for each in who:
        each.close()


def test_a_report_is_taken_and_left(root: Browsing, people: dict[str, Person]) -> None:
    with people["ben"].client() as client:
        cleo = client.get("/api/v1/accounts/lookup", params={"acct": "cleo"}).json()["id"]
        client.post("/api/v1/reports", json={"account_id": cleo}).raise_for_status()
    place = re.search(r'action="(/admin/reports/\d{31})/take"', root.get("/admin/reports").text)
    assert place is not None
    assert root.post(f"{place[1]}/take").status_code == 303
    assert "@root looks into it" in root.get("/admin/reports").text
    assert root.post(f"{place[1]}/leave").status_code == 303
    assert "looks into it" not in root.get("/admin/reports").text.replace("Look into it", "")


def test_a_server_is_blocked_changed_and_unblocked(server: RunningServer, root: Browsing) -> None:
    root.get("/admin/servers")
    said = {
        "domain": "spam.example",
        "severity": "suspend",
        "reject_reports": "1",
        "public_comment": "Pills <for> sale",
    }
    assert root.post("/admin/servers", data=said).status_code == 303
    for wrong in ("spam.example", "no domain", ""):
        refused = root.post("/admin/servers", data={**said, "domain": wrong})
        assert (refused.status_code, "domain-wrong" in refused.text) == (422, True)
        assert "Pills &lt;for&gt; sale" in refused.text, "what was typed is kept"
    page = root.get("/admin/servers").text
    assert (">No reports<" in page, ">No pictures<" in page) == (True, False)
    assert "spam.example" in Browsing(server).get("/about").text
    place = re.search(r'href="(/admin/servers/\d{31})"', page)
    assert place is not None
    form = root.get(place[1]).text
    assert 'value="suspend" selected' in form
    assert 'name="reject_reports" value="1" checked' in form
    assert root.post(place[1], data={"severity": "silence", "obfuscate": "1"}).status_code == 303
    page = root.get("/admin/servers").text
    assert (">Limited<" in page, ">No reports<" in page, "Pills" in page) == (True, False, False)
    about = Browsing(server).get("/about").text
    assert ("spam.example" in about, "spam.****ple" in about) == (False, True)
    assert root.post(place[1], data={"public_comment": "x" * 1001}).status_code == 422
    assert root.post(f"{place[1]}/remove").status_code == 303
    assert root.get(place[1]).status_code == 404
    assert "Blocked servers" not in Browsing(server).get("/about").text


def test_servers_are_let_in(root: Browsing) -> None:
    root.get("/admin/servers/allowed")
    assert root.post("/admin/servers/allowed", data={"domain": "near.example"}).status_code == 303
    assert root.post("/admin/servers/allowed", data={"domain": "no domain"}).status_code == 422
    page = root.get("/admin/servers/allowed").text
    place = re.search(r'action="(/admin/servers/allowed/\d{31}/remove)"', page)
    assert place is not None
    assert root.post(place[1]).status_code == 303
    assert "near.example" not in root.get("/admin/servers/allowed").text


def test_a_hashtag_is_closed_and_opened(server: RunningServer, root: Browsing, people: dict[str, Person]) -> None:
    with people["ben"].client() as client:
        client.post("/api/v1/statuses", json={"status": "#willow"}).raise_for_status()
        found = re.search(r'href="(/admin/hashtags/\d{31})"', root.get("/admin/hashtags?name=%23Willow").text)
        assert found is not None
        assert 'name="usable" value="1" checked' in root.get(found[1]).text
        assert root.post(found[1], data={"display_name": "Oak", "usable": "1", "listable": "1"}).status_code == 422
        decided = {"display_name": "Willow", "listable": "1", "trendable": "1"}
        assert root.post(found[1], data=decided).status_code == 303
        assert client.post("/api/v1/statuses", json={"status": "#willow"}).status_code == 422
        for path in ("/tags/willow", "/tags/Willow.rss", "/tags/willow.atom"):
            assert Browsing(server).get(path).status_code == 404
        assert "No new posts" in root.get("/admin/hashtags").text
        assert root.post(found[1], data={**decided, "usable": "1"}).status_code == 303
        assert client.post("/api/v1/statuses", json={"status": "#willow"}).status_code == 200
    assert Browsing(server).get("/tags/willow").status_code == 200
    assert root.get("/admin/hashtags?name=nothing").status_code == 200


def test_a_moderator_is_made_and_sees_what_he_may(
    server: RunningServer, root: Browsing, people: dict[str, Person]
) -> None:
    place = place_of(root, "dora")
    assert root.post(f"{place}/role", data={"role": "owner"}).status_code == 403
    assert root.post(f"{place}/role", data={"role": "moderator"}).status_code == 303
    assert "Role changed" in root.get(place).text
    assert "Moderator" in Browsing(server).get("/@dora").text
    dora = Browsing(server).sign_in(people["dora"])
    shown = html.unescape(dora.get("/admin/accounts").text)
    assert ('href="/admin/reports"' in shown, 'href="/admin/servers"' in shown) == (True, False)
    for path in ("/admin/servers", "/admin/blocks", "/admin/rules", "/admin/invitations", "/admin/survival"):
        assert dora.get(path).status_code == 404
    for path in ("/admin/servers", "/admin/blocks/domains", "/admin/rules", "/admin/invitations"):
        assert dora.post(path, data={"domain": "x.example", "text": "Mine"}).status_code == 404
    assert dora.post(f"{place_of(dora, 'ben')}/act", data={"act": "none"}).status_code == 303
    assert dora.post(f"{place_of(dora, 'root')}/act", data={"act": "suspend"}).status_code == 422
    assert dora.post(f"{place_of(dora, 'ben')}/role", data={"role": "moderator"}).status_code == 404
    assert root.post(f"{place}/role", data={"role": "member"}).status_code == 303
    assert dora.get("/admin/accounts").status_code == 404
    assert "Moderator" not in Browsing(server).get("/@dora").text


def test_who_lost_the_password_sets_a_new_one_by_a_link_once(
    server: RunningServer, root: Browsing, ben: Browsing
) -> None:
    lost = server.account("lost", password=PASSWORD)
    place, inside = place_of(root, "lost"), Browsing(server).sign_in(lost)
    given = root.post(f"{place}/password")
    [path] = re.findall(r"(/auth/new_password\?link=[\w-]+)<", html.unescape(given.text))
    assert "no-store" in given.headers["cache-control"]
    page = root.get(place).text
    assert ("A link for a new password given" in page, path.partition("=")[2] in page) == (True, False), "shown once"
    assert inside.get("/settings").status_code == 200, "as long as the link is not used, nothing has changed"
    assert ben.post(f"{place}/password").status_code == 404
    assert root.post(f"{place_of(root, 'root')}/password").status_code == 403
    link, member = path.partition("=")[2], Browsing(server)
    assert member.get("/auth/new_password?link=guessed").status_code == 404
    assert "@lost" in member.get(path).text
    for wrong in ("short", "lost", "x" * 2_000):
        refused = member.post("/auth/new_password", data={"link": link, "password": wrong})
        assert (refused.status_code, "password-wrong" in refused.text) == (422, True)
    assert Browsing(server).post("/auth/new_password", data={"link": link, "password": "x" * 12}).status_code == 403
    done = member.post("/auth/new_password", data={"link": link, "password": "three dry oak leaves"})
    assert done.headers["location"] == "/auth/sign_in"
    assert "Your new password is set" in member.get("/auth/sign_in").text
    assert inside.get("/settings").status_code == 303, "every session is ended"
    for again in (member.get(path), member.post("/auth/new_password", data={"link": link, "password": "x" * 12})):
        assert again.status_code == 404, "once"
    assert member.post("/auth/sign_in", data={"name": "lost", "password": PASSWORD}).status_code == 422
    assert member.post("/auth/sign_in", data={"name": "lost", "password": "three dry oak leaves"}).status_code == 303
