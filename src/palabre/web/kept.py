"""What is kept about a member, in words: what it is, why, and for how long."""

from __future__ import annotations

import msgspec


def _(message: str) -> str:
    """Mark a sentence for the catalogues; it is translated when it is shown."""
    return message


class Words(msgspec.Struct, frozen=True):
    """One kind of rows."""

    what: str
    why: str
    how_long: str


_ACCOUNT = _("As long as your account")
_POST = _("As long as the post")
_UNTIL_YOU = _("Until you end it, or your account")

WORDS = {
    "account": Words(_("Your profile"), _("It is what others see of you."), _ACCOUNT),
    "account_word": Words(_("Words of your names"), _("So that people find you."), _ACCOUNT),
    "login": Words(
        _("How you sign in"),
        _("Your password as a hash, your e-mail address encrypted, your preferences."),
        _ACCOUNT,
    ),
    "second_factor": Words(
        _("Your two-step sign-in"), _("The secret that your app shares, encrypted."), _("Until you turn it off")
    ),
    "recovery_code": Words(
        _("Recovery codes"), _("As hashes, so that each signs you in once."), _("Until they are used or replaced")
    ),
    "passkey": Words(
        _("Your passkeys"), _("Their public halves and names, so that they sign you in."), _("Until you remove them")
    ),
    "ceremony": Words(
        _("Sign-ins that are half done"), _("So that the second step knows whose it is."), _("Minutes")
    ),
    "session": Words(
        _("Browsers in which you are signed in"),
        _("Which browser and system, when it was last used: so that you can end it."),
        _("Until you sign out, or 90 days after the last use"),
    ),
    "app_token": Words(
        _("Installed copies of this app"),
        _("So that they go on when the network moves."),
        _("As long as the session"),
    ),
    "hand_over": Words(
        _("A browser handing over to an installed app"), _("So that you stay signed in."), _("Minutes")
    ),
    "oauth_token": Words(_("Apps that may act for you"), _("What each may do."), _("Until you take it back")),
    "app": Words(_("Applications you made"), _("So that you find them again."), _("Until you remove them")),
    "oauth_authorization": Words(
        _("Apps you are letting in"), _("Until the app has come back for it."), _("Minutes")
    ),
    "push_subscription": Words(
        _("Devices that are told"), _("Where messages go to, encrypted."), _("As long as the app's access")
    ),
    "incoming_webhook": Words(
        _("Addresses by which programs post as you"), _("What they are called; the addresses as hashes."), _UNTIL_YOU
    ),
    "webhook": Words(_("Programs that are told"), _("Where messages go to, encrypted."), _UNTIL_YOU),
    "webhook_delivery": Words(
        _("What programs were told"),
        _("Which event, when, and how they answered: so that you see what is wrong."),
        _("The last hundred of each program"),
    ),
    "invitation": Words(
        _("Invitations you made"), _("So that they can be withdrawn."), _("Until they are used or end")
    ),
    "post": Words(_("Your posts and reposts"), _("You published them."), _("Until you delete them")),
    "post_hashtag": Words(_("Hashtags in your posts"), _("So that posts are found under them."), _POST),
    "post_mention": Words(_("Mentions of you"), _("So that they reach you, whoever else may read them."), _POST),
    "annual_report": Words(
        _("Years that were summed up for you"),
        _("Which years you asked for; the sums themselves are made when you read them."),
        _ACCOUNT,
    ),
    "post_version": Words(_("Earlier wordings of your posts"), _("So that readers see what was changed."), _POST),
    "reply_request": Words(
        _("Replies that wait or waited for approval"),
        _("Those to you for which you were asked, and yours for which others were."),
        _POST,
    ),
    "quote_request": Words(
        _("Quotes that wait for consent"),
        _("Those of your posts for which you are asked, and yours for which others are."),
        _("Until they are decided, or the post is gone"),
    ),
    "reply_rule": Words(
        _("Whose replies you keep from appearing"),
        _("You chose it: so that what they reply is sorted out at once."),
        _("Until it is taken back, or your account"),
    ),
    "poll": Words(_("Your polls"), _("With their ends and how many voted."), _POST),
    "poll_choice": Words(_("Answers of your polls"), _("With how often each was taken."), _POST),
    "unpublished": Words(
        _("Your drafts and scheduled posts"), _("You keep them for later."), _("Until you publish or delete them")
    ),
    "attachment": Words(
        _("Your pictures, videos and recordings"),
        _("With their descriptions; places and cameras were removed."),
        _("As long as their posts"),
    ),
    "unfinished_media": Words(
        _("Uploads that are not processed yet"), _("So that they become videos and recordings."), _("A day at most")
    ),
    "viewer_post": Words(
        _("Your likes, bookmarks, votes, pins and reposts"), _("So that you find them again."), _UNTIL_YOU
    ),
    "idempotency": Words(_("Posts sent lately"), _("So that none appears twice."), _("An hour")),
    "follow": Words(_("Whom you follow, and who follows you"), _("It makes your home timeline."), _UNTIL_YOU),
    "follow_request": Words(_("Requests to follow"), _("From you and to you."), _("Until they are answered")),
    "block": Words(_("Whom you block"), _("So that you do not meet."), _UNTIL_YOU),
    "mute": Words(_("Whom you mute"), _("So that you do not meet."), _UNTIL_YOU),
    "domain_block": Words(_("Networks you block"), _("So that you meet nobody from there."), _UNTIL_YOU),
    "account_note": Words(_("Your notes about people"), _("Only you read them."), _UNTIL_YOU),
    "endorsement": Words(_("People on your profile"), _("You recommend them."), _UNTIL_YOU),
    "collection": Words(_("Your collections"), _("You recommend these people together."), _UNTIL_YOU),
    "collection_item": Words(
        _("Collections of others that you are in"),
        _("They recommend you; and which of them you have left, so that you are not put there again."),
        _("Until the collection ends, or your account"),
    ),
    "account_list": Words(_("Your lists"), _("Only you see them."), _UNTIL_YOU),
    "list_member": Words(_("People in your lists"), _("Only you see them."), _UNTIL_YOU),
    "post_filter": Words(_("Your filters"), _("What you do not want to read."), _UNTIL_YOU),
    "filter_keyword": Words(_("Words of your filters"), _("What you do not want to read."), _UNTIL_YOU),
    "filter_post": Words(_("Posts in your filters"), _("What you do not want to read."), _UNTIL_YOU),
    "followed_hashtag": Words(_("Hashtags you follow"), _("It makes your home timeline."), _UNTIL_YOU),
    "featured_hashtag": Words(_("Hashtags on your profile"), _("You chose to show them."), _UNTIL_YOU),
    "muted_thread": Words(_("Conversations you mute"), _("So that they do not disturb you."), _UNTIL_YOU),
    "notification": Words(
        _("Your notifications"), _("What others did that concerns you."), _("Until you clear them")
    ),
    "notification_seen": Words(_("The last notification you saw"), _("To count the new ones."), _ACCOUNT),
    "notification_policy": Words(
        _("What you want to hear of whom"), _("Notifications from others wait as requests, or do not come."), _ACCOUNT
    ),
    "notification_permission": Words(
        _("People whose requests you accepted"), _("So that their notifications arrive."), _UNTIL_YOU
    ),
    "conversation": Words(
        _("Your conversations"),
        _("Which posts are for the mentioned alone, and whether you have read them."),
        _("Until you remove them, or the posts are gone"),
    ),
    "announcement_dismissal": Words(
        _("Announcements you have read"), _("So that they are not shown again."), _("As long as the announcement")
    ),
    "announcement_reaction": Words(
        _("Your reactions to announcements"), _("You gave them."), _("Until you take them back")
    ),
    "report": Words(
        _("What you reported"),
        _("So that those who run the network can look into it."),
        _("Without your name once your account has ended"),
    ),
    "moderation_act": Words(
        _("What moderators did about your account"),
        _("So that nothing is done without a trace."),
        _("Without your name once your account has ended"),
    ),
    "appeal": Words(
        _("Your appeals"),
        _("What you said against what moderators did, and what was decided."),
        _ACCOUNT,
    ),
    "search_post": Words(_("Words of your posts, in the search"), _("So that they are found."), _POST),
    "search_author": Words(
        _("Permission for everybody to search your posts"), _("You allowed it."), _("Until you forbid it")
    ),
    "search_active": Words(_("The hour of your last public post"), _("For the directory and suggestions."), _ACCOUNT),
    "search_dismissed": Words(
        _("People you do not want suggested"), _("So that they are not suggested again."), _UNTIL_YOU
    ),
    "feed_source": Words(
        _("The feed that your account is fed from"), _("Where it is, and when it was read."), _UNTIL_YOU
    ),
    "feed_entry": Words(_("Entries of that feed"), _("As hashes, so that none is posted twice."), _UNTIL_YOU),
    "marker": Words(_("How far you have read"), _("So that your apps go on where you were."), _ACCOUNT),
    "export_run": Words(_("Your archives"), _("So that you can fetch them."), _("Seven days")),
    "import_run": Words(_("Your imports"), _("How they went, and what was left out."), _ACCOUNT),
    "import_item": Words(_("What came with imports"), _("As hashes, so that nothing comes twice."), _ACCOUNT),
    "import_waiting": Words(
        _("People and posts of your imports that are not here yet"), _("For the day they are."), _ACCOUNT
    ),
}
"""By table."""
