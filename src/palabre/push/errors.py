"""What is refused about push subscriptions."""

from __future__ import annotations

from palabre.errors import Invalid, NotFound


class NotSubscribed(NotFound):
    """The token has no subscription."""

    code = "push.not_subscribed"
    message = "Record not found"


class WrongEndpoint(Invalid):
    """It is no https address of a public host."""

    code = "push.wrong_endpoint"
    message = "endpoint must be an https address at a public push service"


class WrongKey(Invalid):
    """A key of the device cannot be one."""

    code = "push.wrong_key"
    message = "{name} is not {expected}, in base64 for addresses"
