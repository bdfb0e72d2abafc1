"""A member's own settings, as apps read them."""

from __future__ import annotations

from typing import Literal

import msgspec

from palabre.accounts import model
from palabre.api.mastodon.entities.quote_approval import asking, wire_policy
from palabre.api.mastodon.entities.reply_policy import WireReplyPolicy, wire_reply_policy
from palabre.api.mastodon.entities.wire import WireVisibility, wire_visibility


class Preferences(
    msgspec.Struct,
    frozen=True,
    rename={
        "visibility": "posting:default:visibility",
        "sensitive": "posting:default:sensitive",
        "language": "posting:default:language",
        "quote_policy": "posting:default:quote_policy",
        "quote_asking": "posting:default:quote_asking",
        "reply_policy": "posting:default:reply_policy",
        "expand_media": "reading:expand:media",
        "expand_spoilers": "reading:expand:spoilers",
        "autoplay_gifs": "reading:autoplay:gifs",
    },
):
    """How posts begin, and how much of them is shown at once."""

    visibility: WireVisibility
    sensitive: bool
    language: str | None
    quote_policy: Literal["public", "followers", "nobody"]
    quote_asking: bool
    reply_policy: WireReplyPolicy
    expand_media: Literal["default", "show_all", "hide_all"]
    expand_spoilers: bool
    autoplay_gifs: bool


def preferences(kept: model.Preferences) -> Preferences:
    """Render what a member has set."""
    return Preferences(
        visibility=wire_visibility(kept.visibility),
        sensitive=kept.sensitive,
        language=kept.post_language,
        quote_policy=wire_policy(kept.quote_policy),
        quote_asking=asking(kept.quote_policy),
        reply_policy=wire_reply_policy(kept.reply_policy),
        expand_media="default",
        expand_spoilers=kept.expand_warnings,
        autoplay_gifs=kept.autoplay,
    )
