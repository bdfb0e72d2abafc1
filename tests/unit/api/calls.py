"""How each method of the client API is called: what there has to be, and with what.

``method path`` → a function from the scene to the call: values of the placeholders, and under ``json``, ``params`` or
``files`` what is sent. ``none`` says that the answer is an empty list by right; ``status``, that it is a refusal by
right; ``within``, under which name the entity stands.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from unit.api.calls_admin import ADMIN_CALLS
from unit.api.scene import BACK, LATER, Scene

Arrange = Callable[[Scene], dict[str, Any]]


def _nothing(_: Scene) -> dict[str, Any]:
    return {}


def _of_bo(s: Scene) -> dict[str, Any]:
    return {"id": s.bo.id}


def _after(*arranged: Callable[[Scene], Any], **call: Any) -> Arrange:
    """Do this and that before the call."""

    def arrange(s: Scene) -> dict[str, Any]:
        for each in arranged:
            each(s)
        return call

    return arrange


def _act(*before: str, own: bool = False) -> Arrange:
    """Do something about a post of Bo's, or of one's own."""

    def arrange(s: Scene) -> dict[str, Any]:
        number = s.post() if own else s.of_bo()
        for act in before:
            s.ana.post(f"/api/v1/statuses/{number}/{act}")
        return {"id": number}

    return arrange


_ACCOUNTS: dict[str, Arrange] = {
    "POST /api/v1/accounts": lambda s: {
        "json": {"username": f"new{s.number}", "password": "long enough words", "agreement": True, "email": ""}
    },
    "GET /api/v1/accounts/verify_credentials": _nothing,
    "PATCH /api/v1/accounts/update_credentials": _after(json={"display_name": "Ana"}),
    "GET /api/v1/accounts/:id": _of_bo,
    "GET /api/v1/accounts": lambda s: {"params": {"id[]": [s.bo.id]}},
    "GET /api/v1/accounts/:id/statuses": lambda s: {"id": s.bo.id, "arranged": s.of_bo()},
    "GET /api/v1/accounts/:id/followers": lambda s: {"id": s.met().id},
    "GET /api/v1/accounts/:id/following": lambda s: {"id": s.fan().id},
    "GET /api/v1/accounts/:id/featured_tags": lambda s: {"id": s.ana.id, "arranged": s.featured()},
    "GET /api/v1/accounts/:id/lists": lambda s: {"id": s.met().id, "arranged": s.list(s.bo)},
    "POST /api/v1/accounts/:id/follow": _of_bo,
    "POST /api/v1/accounts/:id/unfollow": lambda s: {"id": s.met().id},
    "POST /api/v1/accounts/:id/remove_from_followers": lambda s: {"id": s.fan().id},
    "POST /api/v1/accounts/:id/block": _of_bo,
    "POST /api/v1/accounts/:id/unblock": _of_bo,
    "POST /api/v1/accounts/:id/mute": _of_bo,
    "POST /api/v1/accounts/:id/unmute": _of_bo,
    "POST /api/v1/accounts/:id/pin": lambda s: {"id": s.met().id},
    "POST /api/v1/accounts/:id/unpin": lambda s: {"id": s.met().id},
    "GET /api/v1/accounts/:id/endorsements": lambda s: {
        "id": s.ana.id,
        "arranged": s.done(s.ana, f"/api/v1/accounts/{s.met().id}/endorse"),
    },
    "POST /api/v1/accounts/:id/endorse": lambda s: {"id": s.met().id},
    "POST /api/v1/accounts/:id/unendorse": lambda s: {"id": s.met().id},
    "POST /api/v1/accounts/:id/note": lambda s: {"id": s.bo.id, "json": {"comment": "Tall"}},
    "GET /api/v1/accounts/relationships": lambda s: {"params": {"id[]": [s.bo.id]}},
    "GET /api/v1/accounts/familiar_followers": lambda s: {"params": {"id[]": [s.bo.id]}},
    "GET /api/v1/accounts/search": lambda s: {"params": {"q": s.bo.name}},
    "GET /api/v1/accounts/lookup": lambda s: {"params": {"acct": s.bo.name}},
    "GET /api/v1/accounts/:id/identity_proofs": lambda s: {"id": s.bo.id, "none": True},
    "GET /api/v1/blocks": lambda s: {"arranged": s.done(s.ana, f"/api/v1/accounts/{s.bo.id}/block")},
    "GET /api/v1/mutes": lambda s: {"arranged": s.done(s.ana, f"/api/v1/accounts/{s.bo.id}/mute")},
    "GET /api/v1/directory": _after(Scene.of_bo, lambda s: s.network.settle()),
    "GET /api/v1/domain_blocks": lambda s: {
        "arranged": s.done(s.ana, "/api/v1/domain_blocks", domain="far.example"),
    },
    "POST /api/v1/domain_blocks": _after(json={"domain": "far.example"}),
    "DELETE /api/v1/domain_blocks": _after(params={"domain": "far.example"}),
    "POST /api/v1/emails/confirmations": _after(status=403),
    "GET /api/v1/endorsements": lambda s: {"arranged": s.done(s.ana, f"/api/v1/accounts/{s.met().id}/endorse")},
    "GET /api/v1/follow_requests": _after(Scene.asked),
    "POST /api/v1/follow_requests/:account_id/authorize": lambda s: {"account_id": s.asked().id},
    "POST /api/v1/follow_requests/:account_id/reject": lambda s: {"account_id": s.asked().id},
    "GET /api/v1/preferences": _nothing,
    "GET /api/v1/profile": _nothing,
    "PATCH /api/v1/profile": _after(json={"display_name": "Ana"}),
    "DELETE /api/v1/profile/avatar": _nothing,
    "DELETE /api/v1/profile/header": _nothing,
    "POST /api/v1/reports": lambda s: {"json": {"account_id": s.bo.id, "comment": "Rude"}},
    "GET /api/v2/suggestions": lambda s: {"arranged": s.bo.follow(s.cy), "met": s.met()},
    "GET /api/v1/suggestions": lambda s: {"arranged": s.bo.follow(s.cy), "met": s.met()},
    "DELETE /api/v1/suggestions/:account_id": lambda s: {"account_id": s.bo.id},
}

_POSTS: dict[str, Arrange] = {
    "GET /api/v1/bookmarks": lambda s: {"arranged": s.of_bo("bookmark")},
    "GET /api/v1/favourites": lambda s: {"arranged": s.of_bo("favourite")},
    "POST /api/v2/media": lambda s: {"files": {"file": s.picture()}},
    "POST /api/v1/media": lambda s: {"files": {"file": s.picture()}},
    "GET /api/v1_alpha/async_refreshes/:id": lambda s: {"id": s.media(), "within": "async_refresh"},
    "GET /api/v1/media/:id": lambda s: {"id": s.media()},
    "PUT /api/v1/media/:id": lambda s: {"id": s.media(), "json": {"description": "Black"}},
    "DELETE /api/v1/media/:id": lambda s: {"id": s.media()},
    "GET /api/v1/polls/:id": lambda s: {"id": s.poll()["id"]},
    "POST /api/v1/polls/:id/votes": lambda s: {"id": s.poll()["id"], "json": {"choices": [0]}},
    "GET /api/v1/scheduled_statuses": lambda s: {"arranged": s.later()},
    "GET /api/v1/scheduled_statuses/:id": lambda s: {"id": s.later()},
    "PUT /api/v1/scheduled_statuses/:id": lambda s: {"id": s.later(), "json": {"scheduled_at": LATER}},
    "DELETE /api/v1/scheduled_statuses/:id": lambda s: {"id": s.later()},
    "POST /api/v1/statuses": _after(json={"status": "Hello"}),
    "GET /api/v1/statuses/:id": _act(),
    "GET /api/v1/statuses": lambda s: {"params": {"id[]": [s.of_bo()]}},
    "DELETE /api/v1/statuses/:id": _act(own=True),
    "GET /api/v1/statuses/:id/context": _act(),
    "POST /api/v1/statuses/:id/translate": lambda s: {"id": s.of_bo(language="fr")},
    "GET /api/v1/statuses/:id/reblogged_by": _act("reblog"),
    "GET /api/v1/statuses/:id/favourited_by": _act("favourite"),
    "GET /api/v1/statuses/:id/quotes": lambda s: {"id": s.quoted()["id"]},
    "POST /api/v1/statuses/:id/favourite": _act(),
    "POST /api/v1/statuses/:id/unfavourite": _act("favourite"),
    "POST /api/v1/statuses/:id/reblog": _act(),
    "POST /api/v1/statuses/:id/unreblog": _act("reblog"),
    "POST /api/v1/statuses/:id/bookmark": _act(),
    "POST /api/v1/statuses/:id/unbookmark": _act("bookmark"),
    "POST /api/v1/statuses/:id/quotes/:quoting_status_id/revoke": Scene.quoted,
    "POST /api/v1/statuses/:id/mute": _act(own=True),
    "POST /api/v1/statuses/:id/unmute": _act(own=True),
    "POST /api/v1/statuses/:id/pin": _act(own=True),
    "POST /api/v1/statuses/:id/unpin": _act("pin", own=True),
    "PUT /api/v1/statuses/:id": lambda s: {"id": s.post(), "json": {"status": "Hello you"}},
    "PUT /api/v1/statuses/:id/interaction_policy": lambda s: {
        "id": s.post(),
        "json": {"quote_approval_policy": "nobody"},
    },
    "GET /api/v1/statuses/:id/history": _act(),
    "GET /api/v1/statuses/:id/source": _act(),
}

_READING: dict[str, Arrange] = {
    "GET /api/v1/announcements": lambda s: {"arranged": s.announcement()},
    "POST /api/v1/announcements/:id/dismiss": lambda s: {"id": s.announcement()},
    "PUT /api/v1/announcements/:id/reactions/:name": lambda s: {"id": s.announcement(), "name": "🌳"},
    "DELETE /api/v1/announcements/:id/reactions/:name": lambda s: {"id": s.announcement(), "name": "🌳"},
    "GET /api/v1/conversations": lambda s: {"arranged": s.conversation()},
    "DELETE /api/v1/conversations/:id": lambda s: {"id": s.conversation()},
    "POST /api/v1/conversations/:id/read": lambda s: {"id": s.conversation()},
    "GET /api/v1/timelines/direct": lambda s: {"arranged": s.conversation()},
    "GET /api/v1/custom_emojis": _after(Scene.emoji),
    "GET /api/v1/featured_tags": lambda s: {"arranged": s.featured()},
    "POST /api/v1/featured_tags": lambda s: {"json": {"name": s.word}},
    "DELETE /api/v1/featured_tags/:id": lambda s: {"id": s.featured()},
    "GET /api/v1/featured_tags/suggestions": lambda s: {"arranged": s.tagged(s.ana)},
    "GET /api/v1/followed_tags": lambda s: {"arranged": s.done(s.ana, f"/api/v1/tags/{s.word}/follow")},
    "GET /api/v1/tags/:name": lambda s: {"name": s.tagged()},
    "POST /api/v1/tags/:name/follow": lambda s: {"name": s.word},
    "POST /api/v1/tags/:name/unfollow": lambda s: {"name": s.word},
    "POST /api/v1/tags/:id/feature": lambda s: {"id": s.word},
    "POST /api/v1/tags/:id/unfeature": lambda s: {"id": s.word},
    "GET /api/v1/lists": lambda s: {"arranged": s.list()},
    "GET /api/v1/lists/:id": lambda s: {"id": s.list()},
    "POST /api/v1/lists": _after(json={"title": "x"}),
    "PUT /api/v1/lists/:id": lambda s: {"id": s.list(), "json": {"title": "y"}},
    "DELETE /api/v1/lists/:id": lambda s: {"id": s.list()},
    "GET /api/v1/lists/:id/accounts": lambda s: {"id": s.list(s.met())},
    "POST /api/v1/lists/:id/accounts": lambda s: {"id": s.list(), "json": {"account_ids": [s.met().id]}},
    "DELETE /api/v1/lists/:id/accounts": lambda s: {"id": s.list(s.met()), "params": {"account_ids[]": [s.bo.id]}},
    "GET /api/v1/markers": lambda s: {
        "arranged": s.done(s.ana, "/api/v1/markers", home={"last_read_id": s.post()}),
        "params": {"timeline[]": ["home"]},
        "within": "home",
    },
    "POST /api/v1/markers": lambda s: {"json": {"home": {"last_read_id": s.post()}}, "within": "home"},
    "GET /api/v2/search": lambda s: {"params": {"q": s.bo.name}},
    "GET /api/v1/search": lambda s: {"params": {"q": s.bo.name}},
    "GET /api/v1/timelines/public": lambda s: {"arranged": s.of_bo()},
    "GET /api/v1/timelines/tag/:hashtag": lambda s: {"hashtag": s.tagged()},
    "GET /api/v1/timelines/home": lambda s: {"met": s.met(), "arranged": s.of_bo()},
    "GET /api/v1/timelines/list/:list_id": lambda s: {"list_id": s.list(s.met()), "arranged": s.of_bo()},
    "GET /api/v1/timelines/link": lambda s: {"params": {"url": s.linked()}},
    "GET /api/v1/trends/tags": _after(Scene.trend),
    "GET /api/v1/trends/statuses": _after(Scene.liked),
    "GET /api/v1/trends/links": _after(Scene.linked),
}

_COLLECTIONS: dict[str, Arrange] = {
    "GET /api/v1/annual_reports": lambda s: {"arranged": s.report()},
    "GET /api/v1/annual_reports/:year": lambda s: {"year": s.report()},
    "GET /api/v1/annual_reports/:year/state": lambda s: {"year": s.report()},
    "POST /api/v1/annual_reports/:year/read": lambda s: {"year": s.report()},
    "POST /api/v1/annual_reports/:year/generate": lambda s: {"year": s.year()},
    "POST /api/v1/collections": lambda s: {"json": {"name": "Trees", "account_ids": [s.bo.id]}},
    "GET /api/v1/collections/:id": lambda s: {"id": s.collection()["id"]},
    "GET /api/v1/accounts/:account_id/collections": lambda s: {
        "arranged": s.collection(),
        "account_id": s.ana.id,
    },
    "GET /api/v1/accounts/:account_id/in_collections": lambda s: {
        "arranged": s.collection(),
        "account_id": s.ana.id,
    },
    "PATCH /api/v1/collections/:id": lambda s: {"id": s.collection()["id"], "json": {"description": "Tall"}},
    "DELETE /api/v1/collections/:id": lambda s: {"id": s.collection()["id"]},
    "POST /api/v1/collections/:collection_id/items": lambda s: {
        "collection_id": s.collection()["id"],
        "json": {"account_id": s.cy.id},
    },
    "DELETE /api/v1/collections/:collection_id/items/:id": lambda s: {
        "collection_id": (made := s.collection())["id"],
        "id": made["item"],
    },
    "POST /api/v1/collections/:collection_id/items/:id/revoke": lambda s: {
        "collection_id": (made := s.collection())["his"],
        "id": made["me_in_his"],
    },
}

_FILTERS: dict[str, Arrange] = {
    "GET /api/v2/filters": lambda s: {"arranged": s.filter()},
    "GET /api/v2/filters/:id": lambda s: {"id": s.filter()["id"]},
    "POST /api/v2/filters": _after(json={"title": "x", "context": ["home"]}),
    "PUT /api/v2/filters/:id": lambda s: {"id": s.filter()["id"], "json": {"title": "y"}},
    "DELETE /api/v2/filters/:id": lambda s: {"id": s.filter()["id"]},
    "GET /api/v2/filters/:filter_id/keywords": lambda s: {"filter_id": s.filter()["id"]},
    "POST /api/v2/filters/:filter_id/keywords": lambda s: {
        "filter_id": s.filter()["id"],
        "json": {"keyword": "elm"},
    },
    "GET /api/v2/filters/keywords/:id": lambda s: {"id": s.filter()["keywords"][0]["id"]},
    "PUT /api/v2/filters/keywords/:id": lambda s: {
        "id": s.filter()["keywords"][0]["id"],
        "json": {"keyword": "elm"},
    },
    "DELETE /api/v2/filters/keywords/:id": lambda s: {"id": s.filter()["keywords"][0]["id"]},
    "GET /api/v2/filters/:filter_id/statuses": lambda s: {"filter_id": s.filtered()["id"]},
    "POST /api/v2/filters/:filter_id/statuses": lambda s: {
        "filter_id": s.filter()["id"],
        "json": {"status_id": s.of_bo()},
    },
    "GET /api/v2/filters/statuses/:id": lambda s: {"id": s.filtered()["statuses"][0]["id"]},
    "DELETE /api/v2/filters/statuses/:id": lambda s: {"id": s.filtered()["statuses"][0]["id"]},
    "GET /api/v1/filters": lambda s: {"arranged": s.filter_v1()},
    "GET /api/v1/filters/:id": lambda s: {"id": s.filter_v1()},
    "POST /api/v1/filters": _after(json={"phrase": "oak", "context": ["home"]}),
    "PUT /api/v1/filters/:id": lambda s: {"id": s.filter_v1(), "json": {"phrase": "elm", "context": ["home"]}},
    "DELETE /api/v1/filters/:id": lambda s: {"id": s.filter_v1()},
}

_TOLD: dict[str, Arrange] = {
    "GET /api/v1/notifications": lambda s: {"arranged": s.notification()},
    "GET /api/v1/notifications/:id": lambda s: {"id": s.notification()["id"]},
    "POST /api/v1/notifications/clear": _nothing,
    "POST /api/v1/notifications/:id/dismiss": lambda s: {"id": s.notification()["id"]},
    "GET /api/v1/notifications/unread_count": _nothing,
    "GET /api/v2/notifications/policy": _nothing,
    "PATCH /api/v2/notifications/policy": _after(json={"for_not_following": "filter"}),
    "GET /api/v1/notifications/requests": lambda s: {"arranged": s.request()},
    "GET /api/v1/notifications/requests/:id": lambda s: {"id": s.request()},
    "POST /api/v1/notifications/requests/:id/accept": lambda s: {"id": s.request()},
    "POST /api/v1/notifications/requests/:id/dismiss": lambda s: {"id": s.request()},
    "POST /api/v1/notifications/requests/accept": lambda s: {"json": {"id": [s.request()]}},
    "POST /api/v1/notifications/requests/dismiss": lambda s: {"json": {"id": [s.request()]}},
    "GET /api/v1/notifications/requests/merged": _nothing,
    "POST /api/v1/push/subscription": lambda s: {"json": s.subscription()},
    "GET /api/v1/push/subscription": lambda s: {"first": ("POST", {"json": s.subscription()})},
    "PUT /api/v1/push/subscription": lambda s: {
        "first": ("POST", {"json": s.subscription()}),
        "json": {"data": {"alerts": {"mention": True}}},
    },
    "DELETE /api/v1/push/subscription": _nothing,
}
for _version in ("v2", "v2_alpha"):
    _TOLD |= {
        f"GET /api/{_version}/notifications": lambda s: {"arranged": s.notification()},
        f"GET /api/{_version}/notifications/:group_key": lambda s: {"group_key": s.notification()["group_key"]},
        f"POST /api/{_version}/notifications/:group_key/dismiss": lambda s: {
            "group_key": s.notification()["group_key"]
        },
        f"GET /api/{_version}/notifications/:group_key/accounts": lambda s: {
            "group_key": s.notification()["group_key"]
        },
        f"GET /api/{_version}/notifications/unread_count": _nothing,
    }

_NETWORK: dict[str, Arrange] = {
    "POST /api/v1/apps": _after(json={"client_name": "App", "redirect_uris": BACK}),
    "GET /api/v1/apps/verify_credentials": _nothing,
    "GET /health": _nothing,
    "GET /api/v2/instance": _nothing,
    "GET /api/v1/instance": _nothing,
    "GET /api/v1/instance/peers": _after(none=True),
    "GET /api/v1/instance/activity": _nothing,
    "GET /api/oembed": lambda s: {"params": {"url": s.bo.get(f"/api/v1/statuses/{s.of_bo()}")["url"]}},
    "GET /api/v1/instance/rules": _nothing,
    "GET /api/v1/instance/domain_blocks": lambda s: {"arranged": s.entry("domain_blocks")},
    "GET /api/v1/instance/extended_description": _nothing,
    "GET /api/v1/instance/privacy_policy": _nothing,
    "GET /api/v1/instance/terms_of_service": _after(lambda s: s.text("terms")),
    "GET /api/v1/instance/terms_of_service/:date": lambda s: {
        "arranged": s.text("terms"),
        "date": s.ana.get("/api/v1/instance/terms_of_service")["effective_date"],
    },
    "GET /api/v1/instance/translation_languages": _nothing,
    "POST /oauth/token": lambda s: {"json": s.code()},
    "POST /oauth/revoke": lambda s: {"json": s.given()},
    "GET /oauth/userinfo": _nothing,
    "GET /.well-known/oauth-authorization-server": _nothing,
    "GET /api/v1/streaming/health": _nothing,
}

CALLS: dict[str, Arrange] = {
    **_ACCOUNTS,
    **_POSTS,
    **_READING,
    **_COLLECTIONS,
    **_FILTERS,
    **_TOLD,
    **_NETWORK,
    **ADMIN_CALLS,
}
