"""What accounts refuse."""

from __future__ import annotations

from palabre.errors import Conflict, Forbidden, Invalid, NotFound, Unauthenticated


class AccountNotFound(NotFound):
    """There is no such account, or it may not be seen."""

    code = "account.not_found"
    message = "There is no such account."


class UsernameInvalid(Invalid):
    """A user name has other characters, or is empty or too long."""

    code = "account.username_invalid"
    message = "A user name has 1 to 30 letters from a to z, digits and underscores."


class UsernameTaken(Invalid):
    """Somebody has it, or the network keeps it for itself."""

    code = "account.username_taken"
    message = "This user name is already taken."


class DisplayNameTooLong(Invalid):
    """Details: ``limit``."""

    code = "account.display_name_too_long"
    message = "A display name has at most {limit} characters."


class BioTooLong(Invalid):
    """Details: ``limit``."""

    code = "account.bio_too_long"
    message = "A description has at most {limit} characters."


class TooManyFields(Invalid):
    """Details: ``limit``."""

    code = "account.too_many_fields"
    message = "A profile has at most {limit} fields."


class FieldTooLong(Invalid):
    """Details: ``limit``."""

    code = "account.field_too_long"
    message = "A field of a profile has at most {limit} characters on each side."


class SiteInvalid(Invalid):
    """A site that may name somebody as an author is not the name of one. Details: ``name``."""

    code = "account.site_invalid"
    message = "“{name}” is not the name of a site, such as example.org."


class TooManySites(Invalid):
    """Details: ``limit``."""

    code = "account.too_many_sites"
    message = "At most {limit} sites may name you as an author."


class FieldWithoutName(Invalid):
    """A field says something and has no name."""

    code = "account.field_without_name"
    message = "A field of a profile needs a name."


class BadgeNotOwn(Invalid):
    """A member claims what only the operator vouches for."""

    code = "account.badge_not_own"
    message = "Only those who run the network can say this of an account."


class PictureDescriptionTooLong(Invalid):
    """Details: ``limit``."""

    code = "account.picture_description_too_long"
    message = "The description of a picture has at most {limit} characters."


class EmailInvalid(Invalid):
    """It cannot be an e-mail address."""

    code = "account.email_invalid"
    message = "This is not an e-mail address."


class EmailTaken(Invalid):
    """The operator has given it to another account; newcomers are never told."""

    code = "account.email_taken"
    message = "This e-mail address is already in use."


class PasswordTooShort(Invalid):
    """Details: ``least``."""

    code = "account.password_too_short"
    message = "A password has at least {least} characters."


class PasswordTooLong(Invalid):
    """Details: ``limit``."""

    code = "account.password_too_long"
    message = "A password has at most {limit} characters."


class PasswordIsName(Invalid):
    """The password is the user name or the e-mail address."""

    code = "account.password_is_name"
    message = "The password must not be your user name or your e-mail address."


class ReasonTooLong(Invalid):
    """Details: ``limit``."""

    code = "account.reason_too_long"
    message = "A reason has at most {limit} characters."


class PreferenceInvalid(Invalid):
    """A setting has a value that does not exist; details: ``value``."""

    code = "account.preference_invalid"
    message = "There is no choice {value}."


class SignUpClosed(Forbidden):
    """The operator lets nobody in at the moment."""

    code = "account.sign_up_closed"
    message = "This network does not take new members at the moment."


class InvitationNeeded(Forbidden):
    """One signs up with an invitation here."""

    code = "account.invitation_needed"
    message = "You need an invitation to sign up here."


class InvitationInvalid(Invalid):
    """The code was never given, is used up, or has expired: the three look the same."""

    code = "account.invitation_invalid"
    message = "This invitation is not valid, or no longer."


class NotPending(Conflict):
    """Only an account that waits for approval is approved or refused."""

    code = "account.not_pending"
    message = "This account does not wait for approval."


class SignInRefused(Unauthenticated):
    """No such account, or another password: the two look the same."""

    code = "account.sign_in_refused"
    message = "The name or the password is wrong."


class AccountSuspended(Forbidden):
    """The right password of an account that was suspended."""

    code = "account.suspended"
    message = "This account is suspended."


class SecondStepOn(Conflict):
    """Two-step sign-in is set up already: it is turned off first."""

    code = "account.second_step_on"
    message = "Two-step sign-in is already on."


class SecondStepOff(Conflict):
    """Two-step sign-in is not on, or was not begun to be set up."""

    code = "account.second_step_off"
    message = "Two-step sign-in is not on."


class CodeWrong(Invalid):
    """Not the code of now, no recovery code, or one that was used: the three look the same."""

    code = "account.code_wrong"
    message = "This code is not right, or was used before. Please take the next one."


class PasskeyNotFound(NotFound):
    """The member has no such passkey."""

    code = "passkey.not_found"
    message = "There is no such passkey."


class PasskeyRefused(Invalid):
    """What the authenticator signed is not what was asked, not by a passkey that is known here, or not in time."""

    code = "passkey.refused"
    message = "This passkey was not accepted. Please try again, or take another way."


class PasskeyNameInvalid(Invalid):
    """Empty or too long; details: ``limit``."""

    code = "passkey.name_invalid"
    message = "A passkey has a name of 1 to {limit} characters."


class TooManyPasskeys(Invalid):
    """Details: ``limit``."""

    code = "passkey.too_many"
    message = "An account has at most {limit} passkeys."


class NoPasskeysHere(Invalid):
    """The address of the network is a number, which passkeys cannot be bound to."""

    code = "passkey.not_here"
    message = "Passkeys need an address with a name, which this one is not."


class SessionNotFound(NotFound):
    """The viewer has no such session."""

    code = "session.not_found"
    message = "There is no such session."


class HandOverUsed(NotFound):
    """The code that would sign a browser in on another origin is unknown, used or older than a minute."""

    code = "session.hand_over_used"
    message = "This link was used or is too old. Please sign in."


class PasswordLinkUsed(NotFound):
    """The link for a new password is unknown, used or too old, or whoever gave it may not give it any more."""

    code = "account.password_link_used"
    message = "This link was used, or is older than a day. Ask those who run the network for a new one."


class TokenNotFound(NotFound):
    """The viewer has given no app such a token."""

    code = "token.not_found"
    message = "There is no such token."


class NoScope(Invalid):
    """A token or an app that may do nothing."""

    code = "token.no_scope"
    message = "Say what it may do: choose at least one."


class TokenNameInvalid(Invalid):
    """Empty or too long; details: ``limit``."""

    code = "token.name_invalid"
    message = "A token has a name of 1 to {limit} characters."


class TooManyTokens(Invalid):
    """A member has as many tokens of his own as there may be; details: ``limit``."""

    code = "token.too_many"
    message = "You have {limit} tokens. Revoke one to make another."


class AppNotFound(NotFound):
    """The member has made no such app."""

    code = "app.not_found"
    message = "There is no such application."


class TooManyApps(Invalid):
    """A member has made as many apps as there may be; details: ``limit``."""

    code = "app.too_many"
    message = "You have {limit} applications. Remove one to make another."


class InvalidGrant(Invalid):
    """RFC 6749 section 5.2, ``invalid_grant``: the code is unknown, used, expired, or was given for other things."""

    code = "oauth.invalid_grant"
    message = (
        "The provided authorization grant is invalid, expired, revoked, does not match the redirection URI used in "
        "the authorization request, or was issued to another client."
    )


class InvalidClient(Unauthenticated):
    """RFC 6749 section 5.2, ``invalid_client``: an unknown app, or not its secret."""

    code = "oauth.invalid_client"
    message = "Client authentication failed due to unknown client, or wrong client secret."


class UnauthorizedClient(Forbidden):
    """RFC 7009 section 2.1: the token belongs to another app."""

    code = "oauth.unauthorized_client"
    message = "You are not authorized to revoke this token."


class InvalidScope(Invalid):
    """RFC 6749 section 5.2, ``invalid_scope``."""

    code = "oauth.invalid_scope"
    message = "The requested scope is invalid, unknown, or malformed."


class InvalidRedirect(Invalid):
    """The address to return to is none that the app registered, or none that may be registered."""

    code = "oauth.invalid_redirect_uri"
    message = "The redirect URI included is not valid."


class InvalidChallenge(Invalid):
    """RFC 7636 section 4.4.1: PKCE with S256 only."""

    code = "oauth.invalid_code_challenge"
    message = "The code_challenge_method must be S256, and the code_challenge 43 characters of base64url."


class AppNameInvalid(Invalid):
    """Empty or too long; details: ``limit``."""

    code = "app.name_invalid"
    message = "An application has a name of 1 to {limit} characters."


class AppWebsiteInvalid(Invalid):
    """Not an address of the web."""

    code = "app.website_invalid"
    message = "The website of an application starts with https:// or http://."
