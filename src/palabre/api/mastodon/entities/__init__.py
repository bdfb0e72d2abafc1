"""The shapes of Mastodon 4.6: one Struct and one pure renderer per entity, every attribute there."""

from palabre.api.mastodon.entities.account import Account
from palabre.api.mastodon.entities.application import Application, CredentialApplication
from palabre.api.mastodon.entities.context import Context
from palabre.api.mastodon.entities.credential_account import CredentialAccount
from palabre.api.mastodon.entities.instance import Instance
from palabre.api.mastodon.entities.instance_v1 import InstanceV1
from palabre.api.mastodon.entities.marker import Marker
from palabre.api.mastodon.entities.media_attachment import MediaAttachment
from palabre.api.mastodon.entities.muted_account import MutedAccount
from palabre.api.mastodon.entities.notification import Notification
from palabre.api.mastodon.entities.poll import Poll
from palabre.api.mastodon.entities.preferences import Preferences
from palabre.api.mastodon.entities.push_subscription import WebPushSubscription
from palabre.api.mastodon.entities.quote_request import QuoteRequest
from palabre.api.mastodon.entities.relationship import Relationship
from palabre.api.mastodon.entities.reply_request import ReplyRequest
from palabre.api.mastodon.entities.scheduled_status import ScheduledStatus
from palabre.api.mastodon.entities.search import Search, SearchV1
from palabre.api.mastodon.entities.status import Status
from palabre.api.mastodon.entities.status_edit import StatusEdit
from palabre.api.mastodon.entities.status_source import StatusSource
from palabre.api.mastodon.entities.suggestion import Suggestion
from palabre.api.mastodon.entities.tag import Tag
from palabre.api.mastodon.entities.token import Token
from palabre.api.mastodon.entities.wire import Names, WireVisibility

__all__ = [
    "Account",
    "Application",
    "Context",
    "CredentialAccount",
    "CredentialApplication",
    "Instance",
    "InstanceV1",
    "Marker",
    "MediaAttachment",
    "MutedAccount",
    "Names",
    "Notification",
    "Poll",
    "Preferences",
    "QuoteRequest",
    "Relationship",
    "ReplyRequest",
    "ScheduledStatus",
    "Search",
    "SearchV1",
    "Status",
    "StatusEdit",
    "StatusSource",
    "Suggestion",
    "Tag",
    "Token",
    "WebPushSubscription",
    "WireVisibility",
]
