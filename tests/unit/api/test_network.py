"""The network about itself, searches, pictures before they have a post."""

from __future__ import annotations

import io
from typing import Any

import pytest
from PIL import Image

from palabre.api.routes import ENDPOINTS
from unit.api.documented import OPTIONAL, problems
from unit.api.network import ORIGIN, Network


def png(width: int = 80, height: int = 60) -> bytes:
    made = io.BytesIO()
    Image.new("RGB", (width, height), "teal").save(made, "PNG")
    return made.getvalue()


def test_the_network_describes_itself(network: Network) -> None:
    network.member("ana").say("hello")
    told = network.visitor.get("/api/v2/instance")
    without = frozenset({"thumbnail.blurhash", "thumbnail.versions"})
    assert problems("Instance", told, without=without) == []
    assert told["version"].startswith("4.6.0 (compatible; Palabre ")
    assert told["configuration"]["statuses"]["max_characters"] == 1000
    assert told["configuration"]["urls"]["streaming"] == "ws://localhost"
    older = network.visitor.get("/api/v1/instance")
    assert problems("V1_Instance", older) == []
    assert older["stats"] == {"user_count": 1, "status_count": 1, "domain_count": 0}
    assert network.visitor.get("/api/v1/custom_emojis") == []


def test_the_network_is_found_by_others(network: Network) -> None:
    ana = network.member("ana")
    visitor = network.visitor
    for resource in ("acct:ana@localhost", "acct:ANA@LOCALHOST", "http://localhost/@ana"):
        found = visitor.call("GET", "/.well-known/webfinger", params={"resource": resource})
        assert found.headers["content-type"].startswith("application/jrd+json")
        assert found.json()["subject"] == "acct:ana@localhost"
    for resource in ("acct:bo@localhost", "acct:ana@elsewhere.example", "http://localhost/@ana/x", "x"):
        visitor.get("/.well-known/webfinger", 404, resource=resource)
    visitor.get("/.well-known/webfinger", 422)
    assert "webfinger?resource={uri}" in visitor.call("GET", "/.well-known/host-meta").text
    links = visitor.get("/.well-known/nodeinfo")["links"]
    about = visitor.get(links[0]["href"].removeprefix("http://localhost"))
    assert (about["software"]["name"], about["usage"]["users"]["total"]) == ("palabre", 1)
    assert ana.get("/health/ready") == {"status": "ready"}
    assert visitor.get("/health/live") == {"status": "live"}
    assert visitor.call("GET", "/health").text == "OK"


def test_apps_in_browsers_may_call_and_read_the_headers(network: Network) -> None:
    answer = network.visitor.call("GET", "/api/v2/instance", headers={"Origin": "https://app.example"})
    assert answer.headers["access-control-allow-origin"] == "*"
    assert "Link" in answer.headers["access-control-expose-headers"]
    asked = network.visitor.call("OPTIONS", "/oauth/token", 204, headers={"Origin": "https://app.example"})
    assert "POST" in asked.headers["access-control-allow-methods"]


def test_people_and_hashtags_are_found(network: Network) -> None:
    ana = network.member("ana")
    ana.say("#gardens #Gardening")
    network.member("gardener").say("#gardens")
    found = ana.get("/api/v2/search", q="garden")
    assert problems("Search", found) == []
    assert [account["username"] for account in found["accounts"]] == ["gardener"]
    assert [tag["name"] for tag in found["hashtags"]] == ["gardens", "Gardening"]
    today = found["hashtags"][0]["history"][0]
    assert (today["uses"], today["accounts"]) == ("2", "2")
    assert problems("Tag", found["hashtags"][0]) == []
    assert ana.get("/api/v2/search", q="#garden", type="hashtags")["accounts"] == []
    assert ana.get("/api/v2/search", q="garden", type="accounts")["hashtags"] == []
    one = network.visitor.get("/api/v1/tags/GARDENS")
    assert problems("Tag", one, without=OPTIONAL["Tag"]) == []
    assert "following" not in one


def test_a_hashtag_that_nobody_has_used_is_shown_without_uses(network: Network) -> None:
    shown = network.visitor.get("/api/v1/tags/Nothing")
    assert problems("Tag", shown, without=OPTIONAL["Tag"]) == []
    assert (shown["name"], "following" in shown) == ("Nothing", False)
    assert shown["url"].endswith("/tags/Nothing")
    assert len(shown["history"]) == 7
    assert {(day["uses"], day["accounts"]) for day in shown["history"]} == {("0", "0")}
    days = [int(day["day"]) for day in shown["history"]]
    assert [days[0] - day for day in days] == [each * 86_400 for each in range(7)]
    ana = network.member("ana")
    shown = ana.get("/api/v1/tags/%23nothing")
    assert problems("Tag", shown) == []
    assert (shown["name"], shown["following"], shown["featuring"]) == ("nothing", False, False)


@pytest.mark.parametrize("name", ["123", "two%20words", "a-b", "%23", "..%2f", "x" * 501])
def test_what_can_be_no_hashtag_is_not_found(network: Network, name: str) -> None:
    assert network.visitor.get(f"/api/v1/tags/{name}", 404) == {"error": "Record not found"}


def test_a_hashtag_of_deleted_posts_is_gone(network: Network) -> None:
    ana = network.member("ana")
    post = ana.say("#SeCret")
    ana.delete(f"/api/v1/statuses/{post['id']}")
    shown = network.visitor.get("/api/v1/tags/secret")
    assert shown == {**network.visitor.get("/api/v1/tags/other"), "name": "secret", "url": f"{ORIGIN}/tags/secret"}
    assert ana.get("/api/v2/search", q="secret")["hashtags"] == []


def test_addresses_lead_to_posts_and_people(network: Network) -> None:
    ana = network.member("ana")
    post = ana.say("hello")
    for address in (post["url"], post["uri"]):
        assert [one["id"] for one in ana.get("/api/v2/search", q=address)["statuses"]] == [post["id"]]
    assert [one["id"] for one in ana.get("/api/v2/search", q="http://localhost/@ana")["accounts"]] == [ana.id]
    assert ana.get("/api/v2/search", q=post["url"], type="accounts")["statuses"] == []
    assert network.visitor.get("/api/v2/search", q="hello", type="statuses")["statuses"] == []
    network.visitor.get("/api/v2/search", 401, q="hello", resolve=True)
    ana.get("/api/v2/search", 422)


def test_a_picture_is_uploaded_described_and_posted(network: Network) -> None:
    ana = network.member("ana")
    files = {"file": ("secret name.png", png(), "image/png")}
    made = ana.call("POST", "/api/v2/media", data={"description": "A wall", "focus": "0.5,-0.25"}, files=files).json()
    assert problems("MediaAttachment", made) == []
    assert (made["description"], made["meta"]["focus"]) == ("A wall", {"x": 0.5, "y": -0.25})
    assert made["meta"]["original"]["width"] == 80
    path = f"/api/v1/media/{made['id']}"
    assert ana.get(path) == made
    changed = ana.call("PUT", path, data={"description": "A teal wall", "focus": "0,0"}).json()
    assert (changed["description"], changed["meta"]["focus"]) == ("A teal wall", {"x": 0.0, "y": 0.0})
    post = ana.say("look", media_ids=[made["id"]])
    assert post["media_attachments"] == [changed]
    ana.call("PUT", path, 422, data={"description": "too late"})
    ana.call("DELETE", path, 422)
    other = ana.call("POST", "/api/v1/media", files=files).json()
    assert ana.delete(f"/api/v1/media/{other['id']}") == {}
    ana.get(f"/api/v1/media/{other['id']}", 404)


@pytest.mark.parametrize(
    ("data", "files", "field"),
    [
        ({}, {}, "file"),
        ({}, {"file": ("x.png", b"not a picture", "image/png")}, "file"),
        ({"focus": "left"}, {"file": ("x.png", png(), "image/png")}, "focus"),
        ({"focus": "2,0"}, {"file": ("x.png", png(), "image/png")}, "focus"),
        ({"description": "x" * 1501}, {"file": ("x.png", png(), "image/png")}, "description"),
    ],
)
def test_what_is_wrong_with_a_picture_is_named(
    network: Network, data: dict[str, str], files: dict[str, Any], field: str
) -> None:
    ana = network.member("ana")
    answer = ana.call("POST", "/api/v2/media", 422, data=data, files=files or {"x": (None, "y")}).json()
    assert list(answer["details"]) == [field], answer
    assert not [path for path in network.site.media.folder.rglob("*") if path.is_file()]


def test_every_method_is_described_with_what_it_answers(network: Network) -> None:
    told = network.visitor.get("/api/openapi.json")
    described = [one for path in told["paths"].values() for one in path.values()]
    names = [one["operationId"] for one in described]
    assert len(names) == len(set(names)) == len(ENDPOINTS)
    page = told["paths"]["/api/v1/timelines/home"]["get"]["responses"]["200"]["content"]["application/json"]["schema"]
    assert page == {"type": "array", "items": {"$ref": "#/components/schemas/Status"}}
    assert set(told["components"]["schemas"]["Status"]["properties"]) > {"id", "content", "reblog", "favourited"}
    undescribed = {
        path
        for path, methods in told["paths"].items()
        for one in methods.values()
        if "schema" not in one["responses"]["200"]["content"]["application/json"] and path.startswith("/api/v")
    }
    assert undescribed == {
        "/api/v1/admin/accounts/{account}/action",
        "/api/v1/admin/canonical_email_blocks/{block}",
        "/api/v1/admin/domain_allows/{allow}",
        "/api/v1/admin/domain_blocks/{block}",
        "/api/v1/admin/email_domain_blocks/{block}",
        "/api/v1/admin/ip_blocks/{block}",
        "/api/v1/announcements/{number}/dismiss",
        "/api/v1/annual_reports/{year}/generate",
        "/api/v1/annual_reports/{year}/read",
        "/api/v1/collections/{number}",
        "/api/v1/collections/{number}/items/{item}",
        "/api/v1/collections/{number}/items/{item}/revoke",
        "/api/v1/emails/check_confirmation",
        "/api/v1/emails/confirmations",
        "/api/v2_alpha/notifications/{group_key}/dismiss",
        "/api/v1/announcements/{number}/reactions/{name}",
        "/api/v1/conversations/{conversation}",
        "/api/v1/domain_blocks",
        "/api/v1/featured_tags/{featured}",
        "/api/v1/filters/{keyword}",
        "/api/v1/lists/{list}",
        "/api/v1/lists/{list}/accounts",
        "/api/v2/filters/keywords/{keyword}",
        "/api/v2/filters/{filter}",
        "/api/v1/media/{media}",
        "/api/v1/notifications/clear",
        "/api/v1/notifications/requests/accept",
        "/api/v1/notifications/requests/dismiss",
        "/api/v1/notifications/requests/{waiting}/accept",
        "/api/v1/notifications/requests/{waiting}/dismiss",
        "/api/v2/notifications/{group_key}/dismiss",
        "/api/v1/notifications/{notification}/dismiss",
        "/api/v1/push/subscription",  # to end one
        "/api/v1/streaming/health",
        "/api/v1/suggestions/{account}",
        "/api/v1/scheduled_statuses/{scheduled}",
    }, "only those that answer with nothing, or with plain text"
