"""What is done about each kind of job, and how the jobs of a change of keys follow each other."""

from __future__ import annotations

import asyncio
from functools import partial

from palabre import jobs
from palabre import keyring as keyrings
from palabre.accounts import development, links, renewal
from palabre.beacon import actions as beacon
from palabre.conversations import subscriber as talking
from palabre.edge.cards import fetch_card
from palabre.edge.exports import carry_on as carry_export_on
from palabre.edge.exports import sweep_exports
from palabre.edge.films import drop_sources
from palabre.edge.films import process as process_upload
from palabre.edge.hooking import Hooking
from palabre.edge.imports import carry_on, sweep_imports
from palabre.edge.links import prove_link
from palabre.edge.pumps import InShell, InTransaction, JobHandlers
from palabre.edge.pushing import Pushing
from palabre.edge.site import Site
from palabre.edge.sources import poll
from palabre.exports.actions import EXPORT
from palabre.graph import actions as graph
from palabre.hooks import actions as hooks
from palabre.hooks.model import Sending
from palabre.ids import AccountId, PostId
from palabre.imports.actions import IMPORT
from palabre.media import actions as media
from palabre.media import unfinished
from palabre.moderation import servers
from palabre.moderation.servers_model import Reach
from palabre.notifications import actions as notifications
from palabre.notifications import groups, requests
from palabre.notifications import subscriber as telling
from palabre.posts import deleting, linking, polls, unpublished
from palabre.push import actions as push
from palabre.push.model import Message
from palabre.rights import actions as rights
from palabre.search import actions as search
from palabre.search.model import Slice as SearchSlice
from palabre.sources import actions as sources
from palabre.sources.model import Polling
from palabre.store import Transaction


def handlers(site: Site) -> JobHandlers:
    """Return what is done about each kind of job."""

    async def delete_files(names: list[str]) -> None:
        await asyncio.to_thread(site.media.delete, names)

    async def keys_renewed(generation: str) -> None:
        if generation == site.keyring.generation:
            await asyncio.to_thread(keyrings.renewed, site.folder)

    async def sweep_archives(_gone: AccountId) -> None:
        await sweep_imports(site)
        await sweep_exports(site)

    return {
        rights.DELETE: InTransaction(rights.delete_more, AccountId),
        rights.SWEEP: InShell(sweep_archives, AccountId),
        telling.FORGET_MEMBER: InTransaction(telling.forget_member, AccountId),
        talking.FORGET_MEMBER: InTransaction(talking.forget_member, AccountId),
        renewal.RENEW: InTransaction(partial(_renew, site), renewal.Slice),
        renewal.RENEW_SECRETS: InTransaction(partial(_renew_secrets, site), renewal.Slice),
        push.RENEW: InTransaction(partial(_renew_push, site), renewal.Slice),
        development.CLEAR_APP: InTransaction(development.clear_app, int),
        renewal.RENEWED: InShell(keys_renewed, str),
        deleting.CLEAR: InTransaction(deleting.clear, PostId),
        media.DELETE_FILES: InShell(delete_files, list[str]),
        push.SEND: InShell(site.part(Pushing).send, Message, most=8),
        hooks.SEND: InShell(site.part(Hooking).send, Sending, most=6),
        sources.POLL: InShell(partial(poll, site), Polling, most=2),
        hooks.RENEW: InTransaction(partial(_renew_hooks, site), renewal.Slice),
        unfinished.PROCESS: InShell(partial(process_upload, site), int),
        unfinished.DROP: InShell(partial(drop_sources, site), list[str]),
        IMPORT: InShell(partial(carry_on, site), int, most=2),
        EXPORT: InShell(partial(carry_export_on, site), int, most=2),
        graph.END_MUTE: InTransaction(graph.end_expired_mute, graph.Muting),
        notifications.CLEAR: InTransaction(notifications.clear_more, notifications.Cleared),
        search.FILL: InTransaction(search.fill, SearchSlice),
        groups.DISMISS: InTransaction(groups.dismiss_more, groups.Dismissed),
        requests.MERGE: InTransaction(requests.merge_more, requests.Pair),
        requests.DROP: InTransaction(requests.drop_more, requests.Pair),
        telling.TELL_WATCHERS: InTransaction(telling.tell_watchers, telling.Watched),
        polls.CLOSE: InTransaction(polls.close, polls.Closing),
        servers.SPREAD: InTransaction(servers.spread, str),
        servers.REACH: InTransaction(servers.reach, Reach),
        links.PROVE: InShell(partial(prove_link, site), links.Proving, most=2),
        linking.FETCH: InShell(partial(fetch_card, site), linking.Wanted, most=6),
        unpublished.PUBLISH: InTransaction(partial(unpublished.publish_due, terms=site.terms), unpublished.Due),
        polls.VOID: InTransaction(polls.void_votes, PostId),
        telling.TELL_OF_POST: InTransaction(telling.tell_of_post, telling.Concerned),
        telling.FORGET_POSTS: InTransaction(telling.forget_posts, list[PostId]),
    }


def _renew(site: Site, tx: Transaction, at: renewal.Slice) -> bool:
    return renewal.renew(tx, site.keyring, at, then=renewal.RENEW_SECRETS)


def _renew_secrets(site: Site, tx: Transaction, at: renewal.Slice) -> bool:
    return renewal.renew_secrets(tx, site.keyring, at, then=push.RENEW)


def _renew_push(site: Site, tx: Transaction, at: renewal.Slice) -> bool:
    if at.generation == site.keyring.generation:
        last = push.renew(tx, site.keyring, at.after)
        then = hooks.RENEW if last is None else push.RENEW
        jobs.enqueue(tx, then, renewal.Slice(last or 0, at.generation), key=renewal.RENEW)
    return True


def _renew_hooks(site: Site, tx: Transaction, at: renewal.Slice) -> bool:
    if at.generation == site.keyring.generation:
        last = hooks.renew(tx, site.keyring, at.after)
        if last is None:
            beacon.renew(tx, site.keyring)
            renewal.end(tx, site.keyring)
        else:
            jobs.enqueue(tx, hooks.RENEW, renewal.Slice(last, at.generation), key=renewal.RENEW)
    return True
