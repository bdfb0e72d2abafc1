"""Refusals and faults as answers, in the JSON that Mastodon's clients know."""

from __future__ import annotations

import math

import structlog

from palabre.edge.answers import Answer
from palabre.edge.errors import MethodNotAllowed, TooLarge, Translate, sentence, status_of
from palabre.edge.limits import RateExceeded
from palabre.errors import Refusal
from palabre.ids import nonce

_NOT_FOUND = b'{"error":"Record not found"}'
"""One answer for all that does not exist and all that may not be known to: nothing is learnt from the difference."""

_WORDS = {
    "request.missing": "ERR_BLANK",
    "request.wrong_value": "ERR_INVALID",
    "account.agreement_needed": "ERR_ACCEPTED",
    "account.username_invalid": "ERR_INVALID",
    "account.username_taken": "ERR_TAKEN",
    "account.email_invalid": "ERR_INVALID",
    "account.email_taken": "ERR_TAKEN",
    "account.password_too_short": "ERR_TOO_SHORT",
    "account.password_too_long": "ERR_TOO_LONG",
    "account.password_is_name": "ERR_INVALID",
    "account.reason_too_long": "ERR_TOO_LONG",
    "account.invitation_invalid": "ERR_INVALID",
    "account.preference_invalid": "ERR_INCLUSION",
    "account.display_name_too_long": "ERR_TOO_LONG",
    "account.bio_too_long": "ERR_TOO_LONG",
    "account.field_too_long": "ERR_TOO_LONG",
    "account.field_without_name": "ERR_BLANK",
    "account.too_many_fields": "ERR_TOO_LONG",
    "sign_up.email_refused": "ERR_BLOCKED",
}
"""Code → the word of Mastodon's that apps know, and say something of their own for."""

_log = structlog.get_logger("palabre.edge")


def headers_of(refusal: Refusal) -> list[tuple[bytes, bytes]]:
    """Return the headers that HTTP wants beside the status of ``refusal``."""
    match refusal.kind:
        case "unauthenticated":
            return [(b"www-authenticate", b'Bearer realm="Palabre", error="invalid_token"')]
        case "too_many" | "unavailable":
            return _waiting_headers(refusal)
    if isinstance(refusal, MethodNotAllowed):
        return [(b"allow", str(refusal.details["allow"]).encode())]
    if isinstance(refusal, TooLarge):
        return [(b"connection", b"close")]  # the rest of the body is not worth reading
    return []


def _waiting_headers(refusal: Refusal) -> list[tuple[bytes, bytes]]:
    headers = []
    seconds = refusal.details.get("retry_after")
    if isinstance(seconds, int | float):
        headers.append((b"retry-after", b"%d" % max(1, math.ceil(seconds))))
    if isinstance(refusal, RateExceeded):
        headers += refusal.left.headers()
    return headers


def refused(refusal: Refusal, translate: Translate | None = None) -> Answer:
    """Answer ``refusal`` in Mastodon's shape: ``error`` is a sentence that names the field."""
    if refusal.kind == "not_found":
        return Answer(_NOT_FOUND, 404)
    said = sentence(refusal, translate)
    body: dict[str, object]
    if refusal.kind == "invalid" and refusal.field is not None:
        if refusal.field not in said:
            said = f"{refusal.field}: {said}"
        described = [{"error": _WORDS.get(refusal.code, refusal.code), "description": said}]
        body = {"error": f"Validation failed: {said}", "details": {refusal.field: described}}
    else:
        body = {"error": said}
    return Answer.json(body, status_of(refusal), headers_of(refusal))


def note_fault(fault: BaseException, *, method: str, path: str) -> str:
    """Log an unexpected ``fault`` and return the incident's id, the only thing that leaves the machine.

    ``path`` is the template of the route, so that no id or name gets into the log.
    """
    incident = nonce(6).hex()
    _log.error("request.fault", incident=incident, method=method, path=path, exc_info=fault)
    return incident


def faulted(incident: str) -> Answer:
    """Answer a fault of ours: that it is ours, and the id under which it is logged."""
    said = f"Something went wrong on this server. It has been noted as incident {incident}."
    return Answer.json({"error": said}, 500)
