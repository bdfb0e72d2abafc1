"""A member's own account: signed up, shown, changed; and the member's settings."""

from __future__ import annotations

import asyncio
from typing import Any, Literal

import msgspec

from palabre.accounts import model, oauth
from palabre.accounts.actions import ProfileChange, SignUp, update_preferences
from palabre.accounts.credentials import hash_password
from palabre.accounts.errors import AccountNotFound
from palabre.accounts.queries import account, login_of
from palabre.accounts.rules import check_password, own_badges
from palabre.api.mastodon.entities import CredentialAccount, Preferences, Token, WireVisibility
from palabre.api.mastodon.entities.credential_account import credential_account
from palabre.api.mastodon.entities.preferences import preferences
from palabre.api.mastodon.entities.quote_approval import WirePolicy, changed_policy
from palabre.api.mastodon.entities.reply_policy import WireReplyPolicy, reply_policy_of
from palabre.api.mastodon.entities.wire import visibility_of
from palabre.api.mastodon.pieces import Pieces
from palabre.clock import SECOND
from palabre.config import Registrations
from palabre.edge.endpoint import endpoint
from palabre.edge.errors import naming
from palabre.edge.pictures import change_profile
from palabre.edge.request import Request
from palabre.edge.site import Site
from palabre.edge.uploads import Upload
from palabre.edge.viewer import AppToken, Viewer
from palabre.errors import Forbidden, Invalid
from palabre.graph.queries import requests_count
from palabre.ids import AccountId
from palabre.keyring import Keyring
from palabre.moderation.blocks import sign_up
from palabre.moderation.blocks_model import IpSeverity
from palabre.store import Snapshot, Transaction


class AppNeeded(Forbidden):
    """A member's token was used where the app acts for itself."""

    code = "token.app_needed"
    message = "This method requires the application's own token"


class AgreementNeeded(Invalid):
    """Somebody signs up without agreeing to the rules."""

    code = "account.agreement_needed"
    message = "The agreement must be accepted"


class FieldChange(msgspec.Struct, frozen=True):
    """A line of the profile."""

    name: str = ""
    value: str = ""


class SourceChange(msgspec.Struct, frozen=True, kw_only=True):
    """How the member's posts begin from now on."""

    privacy: WireVisibility | None = None
    sensitive: bool | None = None
    language: str | None = None
    quote_policy: WirePolicy | None = None
    quote_asking: bool | None = None
    reply_policy: WireReplyPolicy | None = None
    reply_approval: Literal["none", "strangers", "all"] | None = None


class CredentialsChange(msgspec.Struct, frozen=True, kw_only=True):
    """The body of ``PATCH /api/v1/accounts/update_credentials``: what is not named stays as it is."""

    display_name: str | None = None
    note: str | None = None
    avatar: Upload | None = None
    avatar_description: str | None = None
    header: Upload | None = None
    header_description: str | None = None
    locked: bool | None = None
    bot: bool | None = None
    discoverable: bool | None = None
    indexable: bool | None = None
    hide_collections: bool | None = None
    show_media: bool | None = None
    show_media_replies: bool | None = None
    show_featured: bool | None = None
    attribution_domains: list[str] | None = None
    badges: list[str] | None = None
    """Palabre's own: what the member says of himself: ``parody``, or nothing."""
    fields_attributes: list[FieldChange] | None = None
    source: SourceChange | None = None


class Newcomer(msgspec.Struct, frozen=True, kw_only=True):
    """The body of ``POST /api/v1/accounts``."""

    username: str
    password: str
    agreement: bool
    email: str = ""
    locale: str | None = None
    reason: str | None = None
    invite_code: str | None = None


def _own(db: Snapshot, viewer: AccountId) -> tuple[model.Account, model.Login, int]:
    found, login = account(db, viewer), login_of(db, viewer)
    if found is None or login is None:
        raise AccountNotFound
    return found, login, requests_count(db, viewer)


async def _show(app: Site, viewer: AccountId) -> CredentialAccount:
    found, login, requests = await app.db.read(_own, viewer)
    return credential_account(app.part(Pieces).names, found, login, requests=requests)


@endpoint("GET", "/api/v1/accounts/verify_credentials", scope=("profile", "read:accounts"))
async def verify_credentials(viewer: Viewer, app: Site) -> CredentialAccount:
    """Show the viewer's own account."""
    return await _show(app, viewer.account)


def profile_change(body: CredentialsChange) -> ProfileChange:
    """Return what ``body`` changes of a profile."""
    given: dict[str, Any] = {
        "display_name": body.display_name,
        "bio": body.note,
        "avatar_description": body.avatar_description,
        "header_description": body.header_description,
        "locked": body.locked,
        "bot": body.bot,
        "discoverable": body.discoverable,
        "indexable": body.indexable,
    }
    wanted = {
        model.Shows.MEDIA: body.show_media,
        model.Shows.MEDIA_REPLIES: body.show_media_replies,
        model.Shows.FEATURED: body.show_featured,
        model.Shows.PEOPLE: None if body.hide_collections is None else not body.hide_collections,
    }
    given["shows"] = {part: each for part, each in wanted.items() if each is not None}
    if body.attribution_domains is not None:
        given["attribution_domains"] = tuple(body.attribution_domains)
    if body.badges is not None:
        given["badges"] = own_badges(body.badges)
    if body.fields_attributes is not None:
        given["fields"] = tuple(model.Field(field.name, field.value) for field in body.fields_attributes)
    return ProfileChange(**{name: value for name, value in given.items() if value is not None})


def _change_source(tx: Transaction, viewer: AccountId, change: SourceChange) -> None:
    login = login_of(tx, viewer)
    if login is None:
        raise AccountNotFound
    chosen = login.preferences
    update_preferences(
        tx,
        viewer,
        msgspec.structs.replace(
            chosen,
            visibility=visibility_of(change.privacy).value if change.privacy else chosen.visibility,
            sensitive=chosen.sensitive if change.sensitive is None else change.sensitive,
            quote_policy=changed_policy(chosen.quote_policy, change.quote_policy, asking=change.quote_asking).value,
            reply_policy=reply_policy_of(change.reply_policy).value if change.reply_policy else chosen.reply_policy,
            reply_approval=change.reply_approval or chosen.reply_approval,
            post_language=chosen.post_language if change.language is None else change.language or None,
        ),
    )


def upload_bytes(app: Site) -> int:
    """Return how many bytes of pictures a change of the profile may bring."""
    return 2 * app.config.media_bytes


@endpoint("PATCH", "/api/v1/accounts/update_credentials", scope="write:accounts", uploads=upload_bytes)
async def update_credentials(body: CredentialsChange, viewer: Viewer, app: Site) -> CredentialAccount:
    """Change the viewer's profile and how posts begin."""
    if body.source is not None:
        await app.db.write(_change_source, viewer.account, body.source)
    await change_profile(app, viewer.account, profile_change(body), avatar=body.avatar, header=body.header)
    return await _show(app, viewer.account)


@endpoint("DELETE", "/api/v1/profile/avatar", scope="write:accounts")
async def delete_avatar(viewer: Viewer, app: Site) -> CredentialAccount:
    """Go back to the default picture."""
    await change_profile(app, viewer.account, ProfileChange(avatar=None, avatar_description=""))
    return await _show(app, viewer.account)


@endpoint("DELETE", "/api/v1/profile/header", scope="write:accounts")
async def delete_header(viewer: Viewer, app: Site) -> CredentialAccount:
    """Go back to the default header."""
    await change_profile(app, viewer.account, ProfileChange(header=None, header_description=""))
    return await _show(app, viewer.account)


@endpoint("GET", "/api/v1/preferences", scope="read:accounts")
async def show_preferences(viewer: Viewer, app: Site) -> Preferences:
    """Show the member's own settings."""
    _, login, _ = await app.db.read(_own, viewer.account)
    return preferences(login.preferences)


def _sign_up(
    tx: Transaction,
    keyring: Keyring,
    wanted: SignUp,
    policy: Registrations,
    severity: IpSeverity | None,
    holder: AppToken,
) -> tuple[str, model.Token]:
    made = sign_up(tx, keyring, wanted, policy=policy, severity=severity)
    secret = oauth.member_token(tx, keyring, holder.app, made.id, " ".join(sorted(holder.scopes)))
    token = oauth.token_of(tx, keyring, secret)
    if token is None:
        raise AccountNotFound
    return secret, token


@endpoint("POST", "/api/v1/accounts", scope="write:accounts", limit="sign_up")
async def create_account(request: Request, body: Newcomer, viewer: Viewer | AppToken, app: Site) -> Token:
    """Sign somebody up from an app, which gets a token of the new member's at once."""
    if isinstance(viewer, Viewer):
        raise AppNeeded
    if not body.agreement:
        raise AgreementNeeded(field="agreement")
    check_password(body.password, username=body.username, email=body.email)
    wanted = SignUp(
        username=body.username,
        password_hash=await asyncio.to_thread(hash_password, body.password),
        email=body.email or None,
        reason=body.reason,
        invitation=body.invite_code or None,
        language=_language(body.locale),
        app=viewer.app,
    )
    severity = app.severity_for(request.scope)
    with naming(invitation="invite_code", language="locale"):
        secret, token = await app.db.write(_sign_up, app.keyring, wanted, app.config.registrations, severity, viewer)
    return Token(secret, "Bearer", token.scopes, token.created // SECOND)


class NothingToConfirm(Forbidden):
    """The e-mail address of the member waits for no confirmation: the network needs none."""

    code = "email.nothing_to_confirm"
    message = "This method is only available while the e-mail is awaiting confirmation"


@endpoint("POST", "/api/v1/emails/confirmations", auth="user")
async def confirm_email(viewer: Viewer) -> None:  # noqa: ARG001 - a member has to ask
    """Ask for the confirmation of the e-mail address anew: there is never one to wait for."""
    raise NothingToConfirm


@endpoint("GET", "/api/v1/emails/check_confirmation", auth="user")
async def check_confirmation(viewer: Viewer) -> bytes:  # noqa: ARG001 - as above
    """Tell whether the member may come in as far as the e-mail address goes: yes."""
    return b"true"


def _language(locale: str | None) -> str | None:
    return locale.partition("-")[0].partition("_")[0].lower() or None if locale else None


ROUTES = (
    create_account,
    verify_credentials,
    update_credentials,
    delete_avatar,
    delete_header,
    show_preferences,
    confirm_email,
    check_confirmation,
)
