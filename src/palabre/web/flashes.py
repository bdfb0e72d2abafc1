"""Sentences about what has just been done. A cookie carries the name of one to the next page."""

from __future__ import annotations


def _(message: str) -> str:
    """Mark a sentence for the catalogues; it is translated when it is shown."""
    return message


WORDS = {
    "posted": _("Your post is out."),
    "threaded": _("Your thread is out."),
    "scheduled": _("Your post will be published at its time."),
    "kept": _("The draft is kept."),
    "draft_deleted": _("The draft is deleted."),
    "deleted": _("The post is deleted."),
    "edited": _("The post is changed."),
    "pinned": _("The post stands on top of your profile."),
    "unpinned": _("The post is no longer pinned."),
    "voted": _("Your vote is counted."),
    "revoked": _("The quote no longer shows your post."),
    "profile": _("Your profile is saved."),
    "preferences": _("Your preferences are saved."),
    "password": _("Your password is changed. You are signed out everywhere else."),
    "email": _("Your e-mail address is saved."),
    "session": _("That session is ended."),
    "sessions": _("All other sessions are ended."),
    "app": _("The app can no longer act for you."),
    "muted": _("Muted."),
    "unmuted": _("No longer muted."),
    "blocked": _("Blocked."),
    "unblocked": _("No longer blocked."),
    "thread_muted": _("You are not told of this conversation any more."),
    "thread_unmuted": _("You are told of this conversation again."),
    "filter": _("The filter is saved."),
    "filter_gone": _("The filter is removed."),
    "list": _("The list is saved."),
    "list_gone": _("The list is removed."),
    "note": _("Your note is saved. Only you see it."),
    "tag_followed": _("You follow this hashtag."),
    "tag_unfollowed": _("You no longer follow this hashtag."),
    "tag_featured": _("This hashtag is on your profile."),
    "tag_unfeatured": _("This hashtag is no longer on your profile."),
    "endorsed": _("They are shown on your profile."),
    "unendorsed": _("They are no longer shown on your profile."),
    "domain_blocked": _("You will see nobody from this network any more."),
    "domain_unblocked": _("You can see people from this network again."),
    "dismissed": _("They will not be suggested again."),
    "accepted": _("Accepted: they follow you now."),
    "refused": _("The request is declined."),
    "cleared": _("All notifications are cleared."),
    "signed_out": _("You are signed out."),
    "welcome": _("Welcome. Say hello, or look around under Discover."),
    "approved": _("Approved: they can speak now."),
    "denied": _("The sign-up is refused and forgotten."),
    "emoji_added": _("The emoji is there."),
    "emoji_removed": _("The emoji is removed."),
    "withdrawn": _("The invitation is withdrawn."),
    "importing": _("Your archive has arrived. It is being brought in; you may leave this page."),
}
