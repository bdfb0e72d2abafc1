"""Which test sends which form. ``tests/architecture/test_forms.py`` wants every form of the web app to be here.

A test that is named here has to send its forms to a real server, which has to do what they ask: what is refused
does not count (see ``sends_its_forms`` in ``tests/fixtures_server.py``).
"""

from __future__ import annotations

import functools
import re
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from playwright.sync_api import Response

SENT_BY: dict[str, tuple[str, ...]] = {
    "browser/test_writing.py::test_how_far_an_upload_is_is_shown_while_it_goes_on": ("/compose/media",),
    "journeys/test_everything_by_forms.py::test_an_address_is_kept_and_new_recovery_codes_are_made": (
        "/settings/account/email",
        "/settings/two_step/codes",
    ),
    "browser/test_passkeys.py::test_one_is_made_and_signs_in_alone": (
        "/auth/passkey",
        "/auth/passkey/sign_in",
        "/settings/passkeys/{passkey}/remove",
    ),
    "browser/test_passkeys.py::test_one_takes_the_place_of_the_code": (
        "/app/token",
        "/auth/passkey/new",
        "/auth/passkey/second_step",
        "/auth/second_step/passkey",
        "/settings/passkeys",
        "/settings/two_step/begin",
        "/settings/two_step/confirm",
    ),
    "journeys/test_embeds.py::test_what_is_shared_where_no_worker_is_opens_the_composer_with_the_words": ("/share",),
    "journeys/test_apps_and_scopes.py::test_a_member_takes_back_an_apps_token_in_the_settings": (
        "/settings/account/apps/{token}/revoke",
    ),
    "journeys/test_circles.py::test_a_filtered_post_stands_behind_a_button_or_is_left_out": (
        "/settings/filters/new",
        "/settings/filters/{filter}",
        "/settings/filters/{filter}/delete",
        "/settings/filters/{filter}/posts",
        "/settings/filters/{filter}/posts/{filtered}/remove",
    ),
    "journeys/test_circles.py::test_a_list_is_made_filled_read_and_removed": (
        "/accounts/{account}/lists",
        "/lists",
        "/lists/{number}/delete",
        "/lists/{number}/edit",
        "/lists/{number}/leave/{account}",
    ),
    "journeys/test_circles.py::test_hashtags_are_followed_and_shown_on_the_profile": (
        "/settings/hashtags",
        "/tags/{tag}/feature",
        "/tags/{tag}/unfeature",
    ),
    "journeys/test_circles.py::test_notes_endorsements_and_muted_conversations": ("/accounts/{account}/note",),
    "journeys/test_circles.py::test_people_are_recommended_together_and_leave": (
        "/collections",
        "/collections/{number}",
        "/collections/{number}/delete",
        "/collections/{number}/follow",
        "/collections/{number}/leave",
        "/collections/{number}/people",
        "/collections/{number}/people/{item}/remove",
    ),
    "journeys/test_circles.py::test_tables_are_taken_along_as_mastodon_writes_them": (
        "/settings/domains",
        "/settings/domains/unblock",
    ),
    "journeys/test_development.py::test_a_token_does_what_it_may_and_no_more_until_it_is_revoked": (
        "/settings/development/tokens",
        "/settings/development/tokens/{token}/revoke",
    ),
    "journeys/test_development.py::test_an_app_lets_people_in_and_goes_with_all_its_tokens": (
        "/oauth/authorize",
        "/settings/development/apps",
        "/settings/development/apps/{client}/remove",
    ),
    "journeys/test_doors_by_forms.py::test_an_invitation_opens_the_door_as_often_as_it_says_until_it_is_withdrawn": (
        "/admin/invitations",
        "/admin/invitations/{invitation}/withdraw",
        "/auth/sign_up",
    ),
    "journeys/test_doors_by_forms.py::test_whoever_asks_to_join_is_let_in_or_refused": (
        "/admin/sign_ups/{account}/approve",
        "/admin/sign_ups/{account}/refuse",
    ),
    "journeys/test_emojis_of_the_network.py::test_an_administrator_adds_and_removes_one": (
        "/admin/emojis",
        "/admin/emojis/remove",
    ),
    "journeys/test_everything_by_forms.py::test_a_hashtag_is_followed_no_longer": (
        "/tags/{tag}/follow",
        "/tags/{tag}/unfollow",
    ),
    "journeys/test_everything_by_forms.py::test_a_passkey_gets_another_name": ("/settings/passkeys/{passkey}",),
    "journeys/test_everything_by_forms.py::test_an_import_is_stopped_where_it_is": (
        "/settings/import",
        "/settings/import/{run}/cancel",
    ),
    "journeys/test_everything_by_forms.py::test_blocking_ends_where_it_is_taken_back": (
        "/accounts/{account}/block",
        "/accounts/{account}/unblock",
        "/settings/people/{account}",
    ),
    "journeys/test_everything_by_forms.py::test_each_deed_on_a_post_is_done_and_undone": (
        "/auth/sign_in",
        "/compose",
        "/posts/{post}/bookmark",
        "/posts/{post}/delete",
        "/posts/{post}/like",
        "/posts/{post}/mute",
        "/posts/{post}/pin",
        "/posts/{post}/repost",
        "/posts/{post}/rewrite",
        "/posts/{post}/unbookmark",
        "/posts/{post}/unlike",
        "/posts/{post}/unmute",
        "/posts/{post}/unpin",
        "/posts/{post}/unrepost",
        "/posts/{post}/vote_back",
        "/posts/{post}/vote_down",
        "/posts/{post}/vote_up",
    ),
    "journeys/test_everything_by_forms.py::test_muting_lasts_as_long_as_was_said_and_hides_what_was_chosen": (
        "/accounts/{account}/mute",
        "/accounts/{account}/unmute",
    ),
    "journeys/test_everything_by_forms.py::test_notifications_are_cleared": ("/notifications/clear",),
    "journeys/test_everything_by_forms.py::test_one_session_is_ended_and_the_others_go_on": (
        "/settings/account/sessions/{session}/end",
    ),
    "journeys/test_everything_by_forms.py::test_what_a_follower_is_told_and_shown_is_his_choice": (
        "/accounts/{account}/endorse",
        "/accounts/{account}/follow",
        "/accounts/{account}/hide_reposts",
        "/accounts/{account}/notify",
        "/accounts/{account}/show_reposts",
        "/accounts/{account}/unendorse",
        "/accounts/{account}/unfollow",
        "/accounts/{account}/unnotify",
    ),
    "journeys/test_everything_by_forms.py::test_who_asks_to_follow_is_accepted_or_declined_and_may_be_removed": (
        "/accounts/{account}/remove",
        "/follow_requests/{account}/accept",
        "/follow_requests/{account}/refuse",
        "/settings/profile",
    ),
    "journeys/test_everything_by_forms.py::test_who_has_to_wait_may_be_taken_off_the_list": (
        "/notifications/requests/{waiting}/dismiss",
        "/settings/notifications",
    ),
    "journeys/test_everything_by_forms.py::test_who_is_suggested_may_be_dismissed": ("/accounts/{account}/dismiss",),
    "journeys/test_fed.py::test_a_feed_is_connected_shown_and_disconnected": (
        "/settings/feed",
        "/settings/feed/disconnect",
    ),
    "journeys/test_installed_app.py::test_a_changed_token_is_good_until_its_successor_is_used": (
        "/app/token/change",
    ),
    "journeys/test_installed_app.py::test_a_code_signs_in_elsewhere_once_and_ends_the_session_it_came_from": (
        "/app/hand_over",
        "/auth/hand_over",
    ),
    "journeys/test_moderating.py::test_a_hashtag_is_rejected_and_approved": ("/admin/trends/{hashtag}",),
    "journeys/test_moderating.py::test_a_hashtag_is_closed_and_opened": ("/admin/hashtags/{hashtag}",),
    "journeys/test_moderating.py::test_a_moderator_is_made_and_sees_what_he_may": ("/admin/accounts/{account}/role",),
    "journeys/test_moderating.py::test_who_lost_the_password_sets_a_new_one_by_a_link_once": (
        "/admin/accounts/{account}/password",
        "/auth/new_password",
    ),
    "journeys/test_moderating.py::test_a_server_is_blocked_changed_and_unblocked": (
        "/admin/servers",
        "/admin/servers/{block}",
        "/admin/servers/{block}/remove",
    ),
    "journeys/test_moderating.py::test_posts_pages_and_publishers_are_rejected_and_approved": (
        "/admin/trends/links/{link}",
        "/admin/trends/posts/{post}",
        "/admin/trends/publishers/{publisher}",
    ),
    "journeys/test_moderating.py::test_servers_are_let_in": (
        "/admin/servers/allowed",
        "/admin/servers/allowed/{allow}/remove",
    ),
    "journeys/test_moderating.py::test_the_network_vouches_on_a_page_and_the_warned_read_why": (
        "/admin/accounts/{account}/vouch",
    ),
    "journeys/test_moderating.py::test_a_member_appeals_and_somebody_decides": (
        "/admin/appeals/{warning}/approve",
        "/admin/appeals/{warning}/reject",
        "/settings/warnings/{warning}/appeal",
    ),
    "journeys/test_moderating.py::test_a_report_is_taken_and_left": (
        "/admin/reports/{report}/leave",
        "/admin/reports/{report}/take",
    ),
    "journeys/test_moderating.py::test_an_account_is_deleted_only_once_it_is_suspended": (
        "/admin/accounts/{account}/act",
        "/admin/accounts/{account}/delete",
    ),
    "journeys/test_moderating.py::test_an_account_is_found_limited_and_limited_no_longer": (
        "/admin/accounts/{account}/undo",
    ),
    "journeys/test_moderating.py::test_providers_and_networks_are_kept_out": (
        "/admin/blocks/domains",
        "/admin/blocks/domains/{block}/remove",
        "/admin/blocks/networks",
        "/admin/blocks/networks/{block}/remove",
    ),
    "journeys/test_notices.py::test_a_conversation_stands_on_the_page_until_it_is_taken_off": (
        "/direct/{conversation}/read",
        "/direct/{conversation}/remove",
        "/direct/{conversation}/unread",
    ),
    "journeys/test_notices.py::test_a_report_is_seen_and_closed_and_its_reporter_told": (
        "/admin/reports/{report}/close",
        "/admin/reports/{report}/reopen",
        "/report",
    ),
    "journeys/test_notices.py::test_a_report_of_a_rule_that_went_is_still_shown": (
        "/admin/rules",
        "/admin/rules/{rule}/remove",
    ),
    "journeys/test_notices.py::test_an_announcement_is_made_answered_read_and_removed": (
        "/admin/announcements",
        "/admin/announcements/{announcement}/delete",
        "/announcements/{announcement}/dismiss",
        "/announcements/{announcement}/react",
    ),
    "journeys/test_notices.py::test_who_has_to_wait_is_let_through_or_removed": (
        "/notifications/requests/{waiting}/accept",
    ),
    "journeys/test_pages.py::test_a_member_sees_what_is_kept_and_leaves_for_good": ("/settings/delete",),
    "journeys/test_pages.py::test_an_ended_session_opens_nothing": (
        "/auth/sign_out",
        "/settings/account/sessions/end_others",
    ),
    "journeys/test_pages.py::test_cookies_are_for_no_script_and_no_other_site": ("/look",),
    "journeys/test_polls_and_quotes_on_pages.py::test_a_poll_is_asked_and_voted_in": ("/posts/{post}/vote",),
    "journeys/test_polls_and_quotes_on_pages.py::test_a_post_is_edited_and_its_history_is_there_for_everybody": (
        "/posts/{post}/edit",
    ),
    "journeys/test_polls_and_quotes_on_pages.py::test_a_post_is_pinned_and_quoted_and_the_consent_taken_back": (
        "/posts/{post}/revoke_quote",
    ),
    "journeys/test_polls_and_quotes_on_pages.py::test_a_quote_waits_until_the_author_agrees": (
        "/settings/quotes/{post}/accept",
        "/settings/quotes/{post}/reject",
    ),
    "journeys/test_polls_and_quotes_on_pages.py::test_a_post_is_scheduled_and_becomes_a_draft_again": (
        "/drafts/{draft}/cancel",
        "/drafts/{draft}/delete",
    ),
    "journeys/test_polls_and_quotes_on_pages.py::test_a_thread_is_written_in_parts": ("/compose/thread",),
    "journeys/test_replies_on_pages.py::test_a_hidden_reply_is_folded_away_at_the_end": (
        "/posts/{post}/hide",
        "/posts/{post}/unhide",
    ),
    "journeys/test_replies_on_pages.py::test_the_queue_on_its_page": (
        "/settings/replies",
        "/settings/replies/of/{account}",
        "/settings/replies/options",
        "/settings/replies/{post}",
    ),
    "journeys/test_several_accounts.py::test_a_second_step_is_asked_of_who_is_added": (
        "/auth/accounts/{account}/switch",
        "/auth/second_step",
    ),
    "journeys/test_several_accounts.py::test_signing_out_of_all_leaves_none": ("/auth/sign_out/all",),
    "journeys/test_taking_along.py::test_a_crash_delays_an_archive_and_no_more": (
        "/settings/export/archive",
        "/settings/export/archive/{archive}",
    ),
    "journeys/test_two_step.py::test_it_is_turned_off_by_its_owner_or_by_the_operator": ("/settings/two_step/off",),
    "journeys/test_two_step.py::test_strangers_who_guess_lock_nobody_out": ("/settings/account/password",),
    "journeys/test_web_push.py::test_members_may_have_nothing_but_a_knock": ("/settings/preferences",),
    "journeys/test_webhooks.py::test_a_program_is_told_signed_and_the_page_says_how_it_went": (
        "/settings/development/webhooks",
        "/settings/development/webhooks/{hook}/remove",
        "/settings/development/webhooks/{hook}/test",
    ),
    "journeys/test_webhooks.py::test_a_program_posts_by_an_address_made_in_the_settings": (
        "/settings/development/webhooks/incoming",
        "/settings/development/webhooks/incoming/{incoming}/revoke",
    ),
    "journeys/test_webhooks.py::test_a_program_that_is_gone_is_switched_off_and_the_page_says_so": (
        "/settings/development/webhooks/{hook}/resume",
    ),
}
"""Test, as pytest names it below ``tests/`` → the forms it sends."""

EXCUSED: dict[str, str] = {}
"""Form → why no test sends it."""


class Watch:
    """Notes which forms were sent and taken while a test runs that is to send some."""

    def __init__(self) -> None:
        self.on = False
        self._taken: set[str] = set()

    def begin(self) -> None:
        """Forget what came before."""
        self.on = True
        self._taken.clear()

    def note(self, method: str, path: str, status: int) -> None:
        """Note an answer: 2xx and 3xx are forms that were taken."""
        if self.on and method == "POST" and status < 400:
            self._taken.add(path)

    def note_answer(self, answer: Response) -> None:
        """Note what a browser was answered."""
        self.note(answer.request.method, urlsplit(answer.url).path, answer.status)

    def end(self) -> set[str]:
        """Return the forms that were taken, as the routes name them."""
        self.on = False
        return {form for form in (form_at(path) for path in self._taken) if form}


WATCH = Watch()


@functools.cache
def _patterns(method: str) -> tuple[tuple[re.Pattern[str], str], ...]:
    from palabre.web.routes import ENDPOINTS

    paths = sorted((one.path for one in ENDPOINTS if one.method == method), key=lambda path: path.count("{"))
    placeholder = re.compile(r"\\\{\w+\\\}")
    return tuple((re.compile(placeholder.sub("[^/]+", re.escape(path))), path) for path in paths)


def _route(method: str, path: str) -> str | None:
    return next((route for pattern, route in _patterns(method) if pattern.fullmatch(path)), None)


def form_at(path: str) -> str | None:
    """Return the form that an address is of, as its route names it."""
    return _route("POST", path)


def page_at(path: str) -> str | None:
    """Return the page that an address is of, as its route names it."""
    return _route("GET", path)


def forms() -> set[str]:
    """Every form of the web app, as its route names it."""
    return {route for _, route in _patterns("POST")}


def pages() -> set[str]:
    """Every page of the web app, as its route names it."""
    return {route for _, route in _patterns("GET")}
