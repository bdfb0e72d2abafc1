"""In which answer each entity is shown for its golden file: with as much of it as there can be at once."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from palabre.announcements.actions import announce
from palabre.ids import Kind
from palabre.moderation.appeals import appeal
from unit.api.calls import CALLS
from unit.api.methods import METHODS, is_here
from unit.api.scene import Scene, show_card

Arrange = Callable[[Scene], dict[str, Any]]


class Shown(NamedTuple):
    """A call, and the entities that are taken out of its answer: the first of each."""

    method: str
    entities: tuple[str, ...]
    arrange: Arrange


def _profile(s: Scene) -> dict[str, Any]:
    """Let an administrator fill in a profile."""
    s.emoji()
    s.root.call(
        "PATCH",
        "/api/v1/accounts/update_credentials",
        json={
            "display_name": f"Root :tree{s.number}:",
            "note": "Writes about #gardens",
            "fields_attributes": [{"name": "Site", "value": "https://root.example"}],
        },
    )
    return {"id": s.root.id}


def _post(s: Scene) -> dict[str, Any]:
    """Let Bo say everything that fits into a post, which a filter of Ana's finds."""
    s.emoji()
    s.filter()
    first = s.cy.say("The first")
    second = s.ana.say("A quote", quoted_status_id=first["id"])
    said = s.bo.say(
        f"@{s.ana.name} look at this oak :tree{s.number}: #{s.word}",
        quoted_status_id=second["id"],
        in_reply_to_id=second["id"],
        spoiler_text="Trees",
        language="en",
    )
    s.network.settle()
    for act in ("favourite", "bookmark"):
        s.ana.post(f"/api/v1/statuses/{said['id']}/{act}")
    return {"id": said["id"]}


def _linking(s: Scene) -> dict[str, Any]:
    url = "https://news.example.org/oak"
    said = s.bo.say(f"Read {url}")
    show_card(s.network, said["id"], url)
    return {"id": said["id"]}


def _poll(s: Scene) -> dict[str, Any]:
    asked = s.bo.say("Which?", poll={"options": ["oak", "elm"], "expires_in": 300, "multiple": True})["poll"]
    s.ana.post(f"/api/v1/polls/{asked['id']}/votes", choices=[1])
    return {"id": asked["id"]}


def _announced(s: Scene) -> dict[str, Any]:
    s.emoji()
    said = s.bo.get(f"/api/v1/statuses/{s.of_bo()}")
    s.network.write(announce, f"Read @{s.bo.name} at {said['url']} #{s.word} :tree{s.number}:")
    told = s.ana.get("/api/v1/announcements")[0]["id"]
    s.bo.call("PUT", f"/api/v1/announcements/{told}/reactions/🌳")
    return {}


def _collected(s: Scene) -> dict[str, Any]:
    return {"id": s.collection()["id"]}


def _warned(s: Scene) -> dict[str, Any]:
    """Let Ana be warned about a post, and appeal."""
    number = s.post()
    report = s.bo.post("/api/v1/reports", account_id=s.ana.id, status_ids=[number])["id"]
    s.root.post(f"/api/v1/admin/accounts/{s.ana.id}/action", type="silence", text="Rude", report_id=report)
    s.network.settle()
    told = s.ana.get("/api/v1/notifications")[0]["moderation_warning"]["id"]
    s.network.write(appeal, s.ana.number, s.network.site.ids.decode(Kind.WARNING, told), "It was a quotation")
    return {"params": {"supported_types[]": ["mention"]}}


def _grouped(s: Scene) -> dict[str, Any]:
    number = s.post()
    for member in (s.bo, s.cy):
        member.post(f"/api/v1/statuses/{number}/favourite")
    s.network.settle()
    return {"params": {"expand_accounts": "partial_avatars"}}


def _translated(s: Scene) -> dict[str, Any]:
    asked = s.bo.say("Lequel ?", poll={"options": ["chêne", "orme"], "expires_in": 300}, language="fr")
    return {"id": asked["id"]}


def _translated_picture(s: Scene) -> dict[str, Any]:
    picture = s.bo.call("POST", "/api/v2/media", files={"file": s.picture()}, data={"description": "Un arbre"}).json()
    return {"id": s.bo.say("Voici", media_ids=[picture["id"]], language="fr")["id"]}


def _unready(s: Scene) -> dict[str, Any]:
    return {"id": "1" * 31, "status": 404}


_RICH: tuple[Shown, ...] = (
    Shown(
        "GET /api/v1/accounts/:id", ("Account", "AccountRole", "Field", "CustomEmoji", "FeatureApproval"), _profile
    ),
    Shown("GET /api/v1/accounts/verify_credentials", ("CredentialAccount", "Role"), lambda _: {}),
    Shown(
        "GET /api/v1/statuses/:id",
        (
            "Status",
            "Status_Mention",
            "Status_Tag",
            "FilterResult",
            "Quote",
            "ShallowQuote",
            "QuoteApproval",
        ),
        _post,
    ),
    Shown("GET /api/v1/statuses/:id", ("PreviewCard", "PreviewCardAuthor"), _linking),
    Shown("GET /api/v1/polls/:id", ("Poll", "Poll_Option"), _poll),
    Shown(
        "GET /api/v1/announcements",
        ("Announcement", "Announcement_Account", "Announcement_Status", "Reaction"),
        _announced,
    ),
    Shown("GET /api/v1/collections/:id", ("CollectionWithAccounts", "Collection", "ShallowTag"), _collected),
    Shown("GET /api/v1/notifications", ("Notification", "AccountWarning", "Appeal", "NotificationFallback"), _warned),
    Shown(
        "GET /api/v2/notifications",
        ("GroupedNotificationsResults", "NotificationGroup", "PartialAccountWithAvatar"),
        _grouped,
    ),
    Shown(
        "POST /api/v1/statuses/:id/translate",
        ("Translation", "Translation_Poll", "Translation_Poll_Option"),
        _translated,
    ),
    Shown("POST /api/v1/statuses/:id/translate", ("Translation_Attachment",), _translated_picture),
    Shown("GET /api/v2/instance", ("Instance", "InstanceIcon"), lambda _: {}),
    Shown("GET /api/v1/instance", ("V1_Instance",), lambda _: {}),
    Shown("GET /api/v1/filters", ("V1_Filter",), lambda s: {"arranged": s.filter_v1()}),
    Shown("GET /api/v1/notifications/policy", ("V1_NotificationPolicy",), lambda _: {}),
    Shown("GET /api/v1/preferences", ("Preferences",), lambda _: {}),
    Shown("GET /api/v1/statuses/:id", ("Error",), _unready),
    Shown(
        "GET /api/v1/annual_reports/:year", ("WrappedAnnualReports", "AnnualReport"), lambda s: {"year": s.report()}
    ),
    Shown(
        "POST /api/v1/collections/:collection_id/items",
        ("WrappedCollectionItem", "CollectionItem"),
        CALLS["POST /api/v1/collections/:collection_id/items"],
    ),
    Shown(
        "POST /api/v1/admin/dimensions",
        ("Admin_Dimension", "Admin_Dimension_Data"),
        CALLS["POST /api/v1/admin/dimensions"],
    ),
    Shown("POST /api/v1/admin/retention", ("Admin_Cohort", "CohortData"), CALLS["POST /api/v1/admin/retention"]),
    Shown("GET /api/v1/admin/reports/:id", ("Admin_Report",), CALLS["GET /api/v1/admin/reports/:id"]),
    Shown("GET /api/v1_alpha/async_refreshes/:id", ("AsyncRefresh",), CALLS["GET /api/v1_alpha/async_refreshes/:id"]),
)


def _all() -> tuple[Shown, ...]:
    found = list(_RICH)
    shown = {entity for each in _RICH for entity in each.entities}
    for one in METHODS:
        if one.returns and is_here(one) and one.name in CALLS and one.returns[0] not in shown and not one.deprecated:
            shown.add(one.returns[0])
            found.append(Shown(one.name, one.returns[:1], CALLS[one.name]))
    return tuple(found)


SHOWN = _all()
"""Every entity that is here, once."""
