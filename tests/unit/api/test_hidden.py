"""Who may not see an object gets, byte for byte, what he gets for one that does not exist: on every route."""

from __future__ import annotations

import io
from typing import Any

from PIL import Image

from palabre.accounts.actions import SignUp, sign_up
from palabre.announcements.actions import announce, delete_announcement
from palabre.api.routes import ENDPOINTS
from palabre.edge.binding import id_kind
from palabre.edge.endpoint import Endpoint
from palabre.exports.actions import begin_export
from palabre.ids import AccountId, Kind
from unit.api.network import Caller, Network

_BODIES: dict[str, dict[str, Any]] = {
    "PUT": {
        "description": "mine now",
        "status": "mine now",
        "quote_approval_policy": "public",
        "scheduled_at": "2027-06-01T10:00:00Z",
    },
    "POST": {"choices": [0], "value": 1, "state": "approved"},
    "POST /api/palabre/v1/exports/{export}/file": {"password": "x"},
    "POST /api/v2/filters/{filter}/keywords": {"keyword": "oak"},
    "POST /api/v2/filters/{filter}/statuses": {"status_id": "1"},
}


def _object_routes() -> list[tuple[Endpoint, str, Kind]]:
    found = []
    for one in ENDPOINTS:
        for name, annotation in one.path_params.items():
            kind = id_kind(annotation)
            if kind is not None and not one.path.startswith("/api/v1/admin/"):
                found.append((one, name, kind))
    return found


def test_methods_for_administrators_say_the_same_of_everything(network: Network) -> None:
    ana, mallory = network.member("ana"), network.member("mallory", "read write admin:read admin:write")
    network.settle()
    refused = b'{"error":"This action is not allowed"}'
    methods = [one for one in ENDPOINTS if one.path.startswith(("/api/v1/admin/", "/api/v2/admin/"))]
    assert len(methods) >= 35
    for one in methods:
        kinds = {name: id_kind(annotation) for name, annotation in one.path_params.items()}
        for text in (ana.id, network.site.ids.encode(Kind.ACCOUNT, 77), "1"):
            path = one.path
            for name in kinds:
                path = path.replace(f"{{{name}}}", text)
            answer = mallory.call(one.method, path, 403, **({} if one.method == "GET" else {"json": {}}))
            assert answer.content == refused, one
            network.visitor.call(one.method, path, 401, **({} if one.method == "GET" else {"json": {}}))


def hidden_objects(network: Network, ana: Caller) -> dict[Kind, list[int]]:
    """One's own things, which nobody else may see, and things that are gone."""
    decode = network.site.ids.decode
    picture = io.BytesIO()
    Image.new("RGB", (9, 9)).save(picture, "PNG")
    files = {"file": ("x.png", picture.getvalue(), "image/png")}
    media = ana.call("POST", "/api/v2/media", files=files).json()
    private = ana.say("for followers", visibility="private")
    direct = ana.say("for nobody", visibility="direct")
    asked = ana.say("which?", visibility="private", poll={"options": ["a", "b"], "expires_in": 300})
    draft = ana.post("/api/palabre/v1/drafts", status="a draft")
    later = ana.say("later", scheduled_at="2027-06-01T10:00:00Z")
    asking = network.member("asking")
    asking.call("PATCH", "/api/v1/accounts/update_credentials", json={"source": {"reply_approval": "all"}})
    held = ana.say("waiting", in_reply_to_id=asking.say("asked")["id"])
    assert held["reply_waiting"]
    gone = ana.say("gone")
    ana.delete(f"/api/v1/statuses/{gone['id']}")
    fan = network.member("fan")
    fan.follow(ana)
    network.settle()
    told = ana.get("/api/v1/notifications")[0]
    waiting = network.write(
        sign_up, network.site.keyring, SignUp(username="waiting", password_hash="x"), policy="approval"
    )
    words = {"title": "x", "context": ["home"], "keywords_attributes": [{"keyword": "oak"}]}
    filtered = ana.post("/api/v2/filters", **words)
    one = ana.post(f"/api/v2/filters/{filtered['id']}/statuses", status_id=private["id"])
    mine = ana.post("/api/v1/lists", title="x")
    featured = ana.post("/api/v1/featured_tags", name="oak")
    fan.say("@ana psst", visibility="direct")
    network.settle()
    request = ana.get("/api/v1/notifications/requests")[0]
    conversation = ana.get("/api/v1/conversations")[0]
    recommended = ana.post("/api/v1/collections", name="x", account_ids=[fan.id])["collection"]
    recommended_once = ana.post("/api/v1/collections", name="gone")["collection"]
    ana.delete(f"/api/v1/collections/{recommended_once['id']}")
    announcement = network.write(announce, "gone")
    network.write(delete_announcement, announcement.id)
    return {
        Kind.EXPORT: [network.write(begin_export, AccountId(ana.number)).id],
        Kind.COLLECTION: [decode(Kind.COLLECTION, recommended_once["id"])],
        Kind.COLLECTION_ITEM: [decode(Kind.COLLECTION_ITEM, recommended["items"][0]["id"])],
        Kind.NOTIFICATION_REQUEST: [decode(Kind.NOTIFICATION_REQUEST, request["id"])],
        Kind.CONVERSATION: [decode(Kind.CONVERSATION, conversation["id"])],
        Kind.ANNOUNCEMENT: [announcement.id],
        Kind.FILTER: [decode(Kind.FILTER, filtered["id"])],
        Kind.FILTER_KEYWORD: [decode(Kind.FILTER_KEYWORD, filtered["keywords"][0]["id"])],
        Kind.FILTER_POST: [decode(Kind.FILTER_POST, one["id"])],
        Kind.LIST: [decode(Kind.LIST, mine["id"])],
        Kind.FEATURED: [decode(Kind.FEATURED, featured["id"])],
        Kind.POST: [decode(Kind.POST, post["id"]) for post in (private, direct, held, gone)],
        Kind.MEDIA: [decode(Kind.MEDIA, media["id"])],
        Kind.NOTIFICATION: [decode(Kind.NOTIFICATION, told["id"])],
        Kind.ACCOUNT: [waiting.id],
        Kind.UNPUBLISHED: [decode(Kind.UNPUBLISHED, one["id"]) for one in (draft, later)],
        Kind.POLL: [decode(Kind.POLL, asked["poll"]["id"])],
    }


def test_what_is_hidden_answers_as_what_does_not_exist(network: Network) -> None:
    ana, mallory = network.member("ana"), network.member("mallory")
    objects = hidden_objects(network, ana)
    encode = network.site.ids.encode
    routes = _object_routes()
    assert len(routes) >= 30
    for one, name, kind in routes:
        absent = encode(kind, objects[kind][0] + 12_345)
        hidden = [encode(kind, number) for number in objects[kind]]
        guessed = [hidden[0][:-1] + str((int(hidden[0][-1]) + 1) % 10), "1", "x", encode(Kind.APP, objects[kind][0])]
        callers = [mallory] if one.auth == "user" else [mallory, network.visitor]
        for caller in callers:
            if one.auth == "app" and not caller.token:
                continue
            answers = {}
            for text in [absent, *hidden, *guessed]:
                path = one.path.replace(f"{{{name}}}", text)
                body = _BODIES.get(f"{one.method} {one.path}", _BODIES.get(one.method, {}))
                if one.path == "/api/v1/lists/{list}/accounts":
                    body = {"account_ids": [mallory.id]}
                if one.path == "/api/v1/collections/{number}/items":
                    body = {"account_id": mallory.id}
                options = {} if one.method == "GET" else {"json": body}
                answer = caller.call(one.method, path, None, **options)
                answers[text] = (answer.status_code, answer.content, sorted(answer.headers.items()))
            assert answers[absent][:2] == (404, b'{"error":"Record not found"}'), (one, answers[absent])
            assert len({repr(answer) for answer in answers.values()}) == 1, (one, answers)


def test_hidden_things_cannot_be_used_either(network: Network) -> None:
    ana, mallory = network.member("ana"), network.member("mallory")
    objects = hidden_objects(network, ana)
    encode = network.site.ids.encode
    for field, kind in (("in_reply_to_id", Kind.POST), ("quoted_status_id", Kind.POST), ("media_ids", Kind.MEDIA)):
        answers = set()
        for text in (encode(kind, objects[kind][0]), encode(kind, objects[kind][0] + 12_345), "7"):
            body = {"status": "x", field: [text] if field == "media_ids" else text}
            answer = mallory.call("POST", "/api/v1/statuses", 404, json=body)
            answers.add(answer.content)
        assert answers == {b'{"error":"Record not found"}'}
    assert mallory.get(f"/api/v1/accounts/{mallory.id}/statuses") == []


def test_addresses_and_lists_give_nothing_hidden_away(network: Network) -> None:
    ana, mallory = network.member("ana"), network.member("mallory")
    objects = hidden_objects(network, ana)
    uris, encode = network.site.uris, network.site.ids.encode
    for number in objects[Kind.POST]:
        for address in (uris.post("ana", number), uris.note(number)):
            assert mallory.get("/api/v2/search", q=address, resolve=True)["statuses"] == []
            assert len(ana.get("/api/v2/search", q=address)["statuses"]) == (number != objects[Kind.POST][-1])
    posts = [encode(Kind.POST, number) for number in objects[Kind.POST]]
    assert mallory.call("GET", "/api/v1/statuses", params={"id[]": posts}).json() == []
    waiting = encode(Kind.ACCOUNT, objects[Kind.ACCOUNT][0])
    assert mallory.call("GET", "/api/v1/accounts", params={"id[]": [waiting]}).json() == []
    assert mallory.get("/api/v2/search", q="waiting")["accounts"] == []
    mallory.get("/api/v1/accounts/lookup", 404, acct="waiting")
    network.visitor.get("/.well-known/webfinger", 404, resource="acct:waiting@localhost")
