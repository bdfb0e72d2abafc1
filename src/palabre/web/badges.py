"""The facts about an account that somebody vouches for, in words."""

from __future__ import annotations

from palabre.accounts.model import BadgeKind, Voucher


def _(message: str) -> str:
    """Mark words for the catalogues; they are translated when they are shown."""
    return message


WORDS = {
    BadgeKind.AUTOMATED: _("Bot"),
    BadgeKind.FEED: _("Feed"),
    BadgeKind.PARODY: _("Parody"),
    BadgeKind.OFFICIAL: _("Official"),
}
VOUCHERS = {
    Voucher.MEMBER: _("says the account itself"),
    Voucher.NETWORK: _("this network sees it itself"),
    Voucher.OPERATOR: _("those who run this network vouch for it"),
}
