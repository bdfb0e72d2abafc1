"""What an app may do, in words for the member who is asked."""

from __future__ import annotations


def _(message: str) -> str:
    """Mark a sentence for the catalogues; it is translated when it is shown."""
    return message


_WORDS = {
    "profile": _("see who you are"),
    "read": _("read everything you can read here"),
    "write": _("post, like, follow and change settings for you"),
    "follow": _("follow, mute and block for you"),
    "push": _("send notifications to your device"),
    "read:accounts": _("see profiles and your settings"),
    "read:statuses": _("read posts"),
    "read:notifications": _("read your notifications"),
    "read:follows": _("see whom you follow"),
    "read:search": _("search for you"),
    "write:statuses": _("publish and delete posts for you"),
    "write:media": _("upload pictures for you"),
    "write:favourites": _("like posts for you"),
    "write:bookmarks": _("bookmark posts for you"),
    "write:follows": _("follow people for you"),
    "write:accounts": _("change your profile"),
    "admin:read": _("read what administrators read"),
    "admin:write": _("do what administrators do"),
}
_OTHER_READ = _("read more of your account")
_OTHER_WRITE = _("change more of your account")


def words_of_scope(scope: str) -> str:
    """Describe one scope."""
    if scope in _WORDS:
        return _WORDS[scope]
    wider = scope.rpartition(":")[0]
    if wider.startswith("admin") and wider in _WORDS:
        return _WORDS[wider]
    return _OTHER_WRITE if "write" in scope else _OTHER_READ
