"""How each method for administrators is called. See ``calls``."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from unit.api.scene import Scene

Arrange = Callable[[Scene], dict[str, Any]]
_PLACE = "/api/v1/admin"


def _acted(kind: str = "") -> Arrange:
    """Do something about Bo before."""

    def arrange(s: Scene) -> dict[str, Any]:
        if kind:
            s.root.post(f"{_PLACE}/accounts/{s.bo.id}/action", type=kind)
        return {"id": s.bo.id}

    return arrange


def _made(what: str, **more: Any) -> Arrange:
    """Make an entry of a list before, and name it."""

    def arrange(s: Scene) -> dict[str, Any]:
        return {"id": s.entry(what)["id"], **more}

    return arrange


def _there(what: str) -> Arrange:
    def arrange(s: Scene) -> dict[str, Any]:
        return {"arranged": s.entry(what)}

    return arrange


def _new(what: str) -> Arrange:
    def arrange(s: Scene) -> dict[str, Any]:
        return {"json": s.wanted(what)}

    return arrange


def _report(*acts: str, **more: Any) -> Arrange:
    def arrange(s: Scene) -> dict[str, Any]:
        number = s.reported()
        for act in acts:
            s.root.post(f"{_PLACE}/reports/{number}/{act}")
        return {"id": number, **more}

    return arrange


_DAYS = {"start_at": "2026-01-01", "end_at": "2026-01-03"}

ADMIN_CALLS: dict[str, Arrange] = {
    "GET /api/v1/admin/accounts": lambda s: {"params": {"username": s.bo.name}},
    "GET /api/v2/admin/accounts": lambda s: {"params": {"username": s.bo.name}},
    "GET /api/v1/admin/accounts/:id": _acted(),
    "POST /api/v1/admin/accounts/:id/approve": lambda s: {"id": s.waiting()},
    "POST /api/v1/admin/accounts/:id/reject": lambda s: {"id": s.waiting()},
    "DELETE /api/v1/admin/accounts/:id": _acted("suspend"),
    "POST /api/v1/admin/accounts/:id/action": lambda s: {"id": s.bo.id, "json": {"type": "silence", "text": "Rude"}},
    "POST /api/v1/admin/accounts/:id/enable": _acted("disable"),
    "POST /api/v1/admin/accounts/:id/unsilence": _acted("silence"),
    "POST /api/v1/admin/accounts/:id/unsuspend": _acted("suspend"),
    "POST /api/v1/admin/accounts/:id/unsensitive": _acted("sensitive"),
    "POST /api/v1/admin/dimensions": lambda s: {
        "arranged": s.of_bo(language="fr"),
        "json": {"keys": ["languages", "sources", "space_usage", "software_versions"]},
    },
    "POST /api/v1/admin/measures": lambda s: {
        "json": {"keys": ["new_users", "active_users", "interactions", "opened_reports", "resolved_reports"], **_DAYS}
    },
    "POST /api/v1/admin/retention": lambda s: {"json": {**_DAYS, "frequency": "day"}},
    "GET /api/v1/admin/reports": lambda s: {"arranged": s.reported()},
    "GET /api/v1/admin/reports/:id": _report("assign_to_self", "resolve"),
    "PUT /api/v1/admin/reports/:id": _report(json={"category": "spam"}),
    "POST /api/v1/admin/reports/:id/assign_to_self": _report(),
    "POST /api/v1/admin/reports/:id/unassign": _report("assign_to_self"),
    "POST /api/v1/admin/reports/:id/resolve": _report(),
    "POST /api/v1/admin/reports/:id/reopen": _report("resolve"),
    "GET /api/v1/admin/trends/links": lambda s: {"arranged": s.linked()},
    "GET /api/v1/admin/trends/statuses": lambda s: {"arranged": s.liked()},
    "GET /api/v1/admin/trends/tags": lambda s: {"arranged": s.trend()},
    "POST /api/v1/admin/canonical_email_blocks/test": lambda s: {
        "arranged": s.entry("canonical_email_blocks"),
        "json": s.wanted("canonical_email_blocks"),
    },
    "PUT /api/v1/admin/domain_blocks/:id": _made("domain_blocks", json={"severity": "suspend"}),
    "PUT /api/v1/admin/ip_blocks/:id": _made("ip_blocks", json={"comment": "Spam"}),
}
for _list in ("canonical_email_blocks", "domain_allows", "domain_blocks", "email_domain_blocks", "ip_blocks"):
    ADMIN_CALLS |= {
        f"GET {_PLACE}/{_list}": _there(_list),
        f"GET {_PLACE}/{_list}/:id": _made(_list),
        f"POST {_PLACE}/{_list}": _new(_list),
        f"DELETE {_PLACE}/{_list}/:id": _made(_list),
    }
