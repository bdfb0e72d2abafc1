"""What webhooks refuse."""

from __future__ import annotations

from palabre.errors import Invalid, NotFound


class HookNotFound(NotFound):
    """There is no such webhook, or it is another's."""

    code = "webhook.not_found"
    message = "There is no such webhook."


class HookNameInvalid(Invalid):
    """Empty or too long; details: ``limit``."""

    code = "webhook.name_invalid"
    message = "A webhook has a name of 1 to {limit} characters."


class HookUrlInvalid(Invalid):
    """Not an https address, or one with a name and a password in it."""

    code = "webhook.url_invalid"
    message = "The address of a webhook starts with https:// and names a public server."


class NoHookEvent(Invalid):
    """A webhook that would be told nothing."""

    code = "webhook.no_event"
    message = "Say what it is told of: choose at least one."


class TooManyHooks(Invalid):
    """A member has as many as there may be; details: ``limit``."""

    code = "webhook.too_many"
    message = "You have {limit} webhooks of this kind. Remove one to make another."
