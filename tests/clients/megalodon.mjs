// A member's day with megalodon, the library under Whalebird and Fedistar.

import assert from 'node:assert/strict'
import { createReadStream } from 'node:fs'
import generator from 'megalodon'
import { Heard, ask, end, given, soon, step } from './journey.mjs'

const open = generator.default ?? generator
const ids = (list) => list.map((each) => each.id)
const SCOPES = ['read', 'write', 'follow', 'push']

async function signIn(name) {
  const visitor = open('mastodon', given.url)
  const app = await visitor.registerApp(`megalodon for ${name}`, { scopes: SCOPES })
  const code = await ask('let in', name, app.url)
  const token = await visitor.fetchAccessToken(app.client_id, app.client_secret, code)
  return { app, token: token.access_token, client: open('mastodon', given.url, token.access_token) }
}

/** Follow the Link header, as apps do, until it leads no further. */
async function toTheEnd(first, next, rel, note = () => {}) {
  const found = []
  let answer = await first()
  for (;;) {
    note(answer)
    found.push(...answer.data)
    const link = new RegExp(`<([^>]+)>; *rel="${rel}"`).exec(answer.headers.link ?? '')
    if (!link || answer.data.length === 0) return found
    answer = await next(Object.fromEntries(new URL(link[1]).searchParams))
  }
}

const ana = (await step('sign in', () => signIn('ana'))).client
const other = await step('sign in the other', () => signIn('bo'))
const bo = other.client
const me = (await ana.verifyAccountCredentials()).data
const him = (await bo.verifyAccountCredentials()).data
await step('the network describes itself', async () => {
  const { data } = await ana.getInstance()
  assert.ok(data.title)
  assert.equal(data.configuration.statuses.max_characters, 1000)
})

await bo.followAccount(me.id)
const list = (await bo.createList('Friends')).data
await step('a list', async () => {
  await bo.addAccountsToList(list.id, [me.id])
  assert.deepEqual(ids((await bo.getAccountsInList(list.id)).data), [me.id])
  assert.equal((await bo.updateList(list.id, 'Good friends')).data.title, 'Good friends')
})

const heard = new Heard()
await step('live', async () => {
  const streams = {
    user: await bo.userStreaming(), local: await bo.localStreaming(), tag: await bo.tagStreaming('walls'),
    list: await bo.listStreaming(list.id), public: await bo.publicStreaming(), direct: await bo.directStreaming(),
  }
  for (const [name, stream] of Object.entries(streams)) {
    for (const event of ['update', 'notification', 'delete', 'status_update', 'conversation']) {
      stream.on(event, (payload) => heard.note(name, event, payload))
    }
    stream.on('error', (error) => console.error(name, error))
  }
  const posts = []
  await soon(async () => {  // a stream that opens tells of what is written from then on
    posts.push((await ana.postStatus('Are you there? #walls')).data.id)
    await ana.postStatus(`@${him.acct} alone`, { visibility: 'direct' })
    return Object.keys(streams).every((name) =>
      name === 'direct' ? heard.has(name, 'conversation') : heard.has(name, 'update', (each) => posts.includes(each.id)),
    )
  })
})

const full = await step('a post with everything', async () => {
  const uploaded = (await ana.uploadMedia(createReadStream(given.files.image), { description: 'A wall', focus: '0.5,-0.5' })).data
  const media = (await ana.updateMedia(uploaded.id, { description: 'A teal wall' })).data
  assert.equal(media.description, 'A teal wall')
  const post = (
    await ana.postStatus(`Look @${him.acct} #walls`, {
      media_ids: [media.id], sensitive: true, spoiler_text: 'Colours', visibility: 'public', language: 'en',
    })
  ).data
  assert.deepEqual([post.spoiler_text, post.sensitive, post.language], ['Colours', true, 'en'])
  for (const stream of ['user', 'public', 'local', 'tag', 'list']) {
    await heard.find(stream, 'update', (each) => each.id === post.id)
  }
  await heard.find('user', 'notification', (each) => each.type === 'mention')
  return post
})

await step('a thread', async () => {
  const second = (await bo.postStatus('two', { in_reply_to_id: full.id })).data
  const third = (await ana.postStatus('three', { in_reply_to_id: second.id, visibility: 'unlisted' })).data
  const context = (await bo.getStatusContext(second.id)).data
  assert.deepEqual([ids(context.ancestors), ids(context.descendants)], [[full.id], [third.id]])
})

await step('an edit', async () => {
  assert.equal((await ana.getStatusSource(full.id)).data.spoiler_text, 'Colours')
  const edited = (await ana.editStatus(full.id, { status: 'Look again #walls', spoiler_text: '', media_ids: ids(full.media_attachments) })).data
  assert.ok(edited.edited_at)
  for (const stream of ['user', 'public', 'local', 'tag', 'list']) {
    await heard.find(stream, 'status_update', (each) => each.id === full.id && each.edited_at)
  }
  const read = (await bo.getStatus(full.id)).data
  assert.deepEqual([read.spoiler_text, ids(read.media_attachments)], ['', ids(full.media_attachments)])
  assert.match(read.content, /Look again/)
  assert.equal(read.media_attachments[0].description, 'A teal wall')
})

await step('likes, reposts, bookmarks, pins, quotes', async () => {
  assert.ok((await bo.favouriteStatus(full.id)).data.favourited)
  assert.ok((await bo.bookmarkStatus(full.id)).data.bookmarked)
  assert.equal((await bo.reblogStatus(full.id)).data.reblog.id, full.id)
  assert.deepEqual(ids((await bo.getStatusFavouritedBy(full.id)).data), [him.id])
  assert.deepEqual(ids((await bo.getStatusRebloggedBy(full.id)).data), [him.id])
  assert.deepEqual(ids((await bo.getFavourites()).data), [full.id])
  assert.deepEqual(ids((await bo.getBookmarks()).data), [full.id])
  assert.ok(!(await bo.unreblogStatus(full.id)).data.reblogged)
  assert.ok(!(await bo.unfavouriteStatus(full.id)).data.favourited)
  assert.ok(!(await bo.unbookmarkStatus(full.id)).data.bookmarked)
  const quote = (await bo.postStatus('As she says', { quote_id: full.id })).data
  assert.deepEqual([quote.quote.state, quote.quote.quoted_status.id], ['accepted', full.id])
  assert.ok((await ana.pinStatus(full.id)).data.pinned)
  assert.deepEqual(ids((await bo.getAccountStatuses(me.id, { pinned: true })).data), [full.id])
  await ana.unpinStatus(full.id)
  assert.ok((await bo.muteStatus(full.id)).data.muted)
  await bo.unmuteStatus(full.id)
})

await step('notifications', async () => {
  const told = await soon(async () => {
    const found = (await ana.getNotifications({ limit: 30 })).data
    return ['follow', 'mention', 'quote'].every((type) => found.some((each) => each.type === type)) && found
  })
  assert.ok(told.every((each) => each.account.id === him.id))
  const quoted = told.find((each) => each.type === 'quote')
  assert.deepEqual((await ana.getNotification(quoted.id)).data.status.id, quoted.status.id)
  await ana.dismissNotification(told[0].id)
  assert.ok(!ids((await ana.getNotifications({ limit: 30 })).data).includes(told[0].id))
  await ana.dismissNotifications()
  assert.deepEqual((await ana.getNotifications()).data, [])
})

await step('a poll', async () => {
  const asked = (await ana.postStatus('Tea?', { poll: { options: ['yes', 'no'], expires_in: 3600, multiple: false, hide_totals: false } })).data
  const voted = (await bo.votePoll(asked.poll.id, [1])).data
  assert.deepEqual([voted.voted, voted.options[1].votes_count], [true, 1])
  assert.equal((await ana.getPoll(asked.poll.id)).data.votes_count, 1)
})

await step('the filters of older apps', async () => {
  const filter = (await bo.createFilter('rain', ['home'], { whole_word: true, irreversible: true })).data
  const wet = (await ana.postStatus('It is going to rain')).data
  const dry = (await ana.postStatus('A rainbow')).data
  const home = async () => ids((await bo.getHomeTimeline()).data).filter((each) => [wet.id, dry.id].includes(each))
  assert.deepEqual(
    (await bo.getFilters()).data.map((each) => [each.phrase, each.context, each.whole_word, each.irreversible]),
    [['rain', ['home'], true, true]],
  )
  assert.deepEqual(await home(), [dry.id], 'the server leaves out what a filter that cannot be undone finds')
  assert.equal((await bo.updateFilter(filter.id, 'sun', ['home'], { irreversible: true })).data.phrase, 'sun')
  assert.equal((await bo.getFilter(filter.id)).data.phrase, 'sun')
  assert.deepEqual(await home(), [dry.id, wet.id])
  await bo.deleteFilter(filter.id)
  assert.deepEqual((await bo.getFilters()).data, [])
})

await step('media of each kind', async () => {
  for (const [kind, file] of Object.entries(given.files)) {
    const made = (await ana.uploadMedia(createReadStream(file), { description: kind })).data
    const media = await soon(async () => {
      const found = (await ana.getMedia(made.id)).data
      return found.url && found
    }, 60)
    assert.equal(media.type, kind)
    assert.equal((await ana.updateMedia(media.id, { description: `my ${kind}` })).data.description, `my ${kind}`)
    const post = (await ana.postStatus(`a ${kind}`, { media_ids: [media.id] })).data
    assert.equal(post.media_attachments[0].description, `my ${kind}`)
    assert.equal((await fetch(post.media_attachments[0].url)).status, 200)
  }
})

await step('for later', async () => {
  const later = (await ana.postStatus('later', { scheduled_at: new Date(Date.now() + 3_600_000).toISOString() })).data
  assert.deepEqual(ids((await ana.getScheduledStatuses()).data), [later.id])
  await ana.scheduleStatus(later.id, new Date(Date.now() + 7_200_000).toISOString())
  await ana.cancelScheduledStatus(later.id)
  assert.deepEqual((await ana.getScheduledStatuses()).data, [])
})

await step('to the end in both directions', async () => {
  const posts = []
  for (let number = 0; number < 12; number++) {
    const post = (await ana.postStatus(`page ${number} #paged`)).data
    await bo.favouriteStatus(post.id)
    await bo.bookmarkStatus(post.id)
    posts.push(post.id)
  }
  const newest = posts.toReversed()
  const likes = { exclude_types: ['mention', 'follow', 'quote'] }
  await soon(async () => (await ana.getNotifications(likes)).data.length === 12)
  const told = ids((await ana.getNotifications(likes)).data)
  const lists = {
    home: [(options) => bo.getHomeTimeline(options), newest],
    list: [(options) => bo.getListTimeline(list.id, options), newest],
    account: [(options) => bo.getAccountStatuses(me.id, { exclude_replies: true, ...options }), newest],
    tag: [(options) => bo.getTagTimeline('paged', options), newest],
    public: [(options) => bo.getPublicTimeline(options), newest],
    local: [(options) => bo.getLocalTimeline(options), newest],
    favourites: [(options) => bo.getFavourites(options), newest],
    bookmarks: [(options) => bo.getBookmarks(options), newest],
    notifications: [(options) => ana.getNotifications({ ...likes, ...options }), told],
  }
  for (const [name, [read, expected]] of Object.entries(lists)) {
    const pages = []
    const down = await toTheEnd(() => read({ limit: 5 }), read, 'next', (page) => pages.push(page))
    assert.deepEqual(ids(down).slice(0, 12), expected, name)
    assert.equal(new Set(ids(down)).size, down.length, name)
    const last = pages.findLast((page) => page.data.length)
    const up = await toTheEnd(() => last, read, 'prev')
    assert.deepEqual(ids(up).toSorted(), ids(down).toSorted(), name)
  }
})

await step('markers, preferences, conversations', async () => {
  await ana.saveMarkers({ home: { last_read_id: full.id } })
  assert.equal((await ana.getMarkers(['home'])).data.home.last_read_id, full.id)
  await ana.getPreferences()
  await ana.postStatus(`@${him.acct} alone`, { visibility: 'direct' })
  const [conversation] = await soon(async () => {
    const found = (await bo.getConversationTimeline()).data
    return found.length > 0 && found
  })
  await bo.readConversation(conversation.id)
  await bo.deleteConversation(conversation.id)
})

await step('the list ends', async () => {
  await bo.deleteAccountsFromList(list.id, [me.id])
  assert.deepEqual((await bo.getAccountsInList(list.id)).data, [])
  await bo.deleteList(list.id)
  assert.deepEqual((await bo.getLists()).data, [])
})

await step('people', async () => {
  const changed = (await ana.updateCredentials({ locked: true, display_name: 'Ana B.' })).data
  assert.deepEqual([changed.locked, changed.display_name], [true, 'Ana B.'])
  await bo.unfollowAccount(me.id)
  assert.ok((await bo.followAccount(me.id)).data.requested)
  assert.deepEqual(ids((await ana.getFollowRequests()).data), [him.id])
  await ana.acceptFollowRequest(him.id)
  assert.ok((await bo.getRelationship(me.id)).data.following)
  assert.ok((await bo.muteAccount(me.id, true)).data.muting)
  await bo.unmuteAccount(me.id)
  assert.equal((await bo.setAccountNote(me.id, 'a friend')).data.note, 'a friend')
  assert.ok((await ana.blockAccount(him.id)).data.blocking)
  await ana.unblockAccount(him.id)
  assert.equal((await ana.lookupAccount(me.acct)).data.id, me.id)
  assert.deepEqual(ids((await ana.search(me.username, { type: 'accounts' })).data.accounts), [me.id])
  await ana.followTag('walls')
  assert.deepEqual((await ana.getFollowedTags()).data.map((each) => each.name), ['walls'])
})

await step('a report', async () => {
  const made = (await ana.report(him.id, { comment: 'Rude', category: 'other' })).data
  assert.deepEqual([made.comment, made.category, made.action_taken], ['Rude', 'other', false])
})

await step('push', async () => {
  const made = (await ana.subscribePushNotification(given.push, { alerts: { mention: true } })).data
  assert.equal(made.endpoint, given.push.endpoint)
  await ana.updatePushSubscription({ alerts: { mention: true, favourite: true } })
  await bo.postStatus(`@${me.acct} ring`)
  assert.equal(await ask('pushed'), 'yes')
  await ana.deletePushSubscription()
  await assert.rejects(() => ana.getPushSubscription(), /404/)
})

await step('errors are named', async () => {
  const refused = async (work, status) => {
    await assert.rejects(work, (error) => error.response?.status === status && Boolean(error.response.data.error))
  }
  await refused(() => ana.postStatus('x'.repeat(1001)), 422)
  await refused(() => ana.getStatus('1'), 404)
  await refused(() => open('mastodon', given.url, 'nonsense').getHomeTimeline(), 401)
})

await step('deleted is gone', async () => {
  await ana.deleteStatus(full.id)
  for (const stream of ['public', 'local', 'tag']) await heard.find(stream, 'delete', (each) => each === full.id)
  assert.ok(!ids((await bo.getFavourites()).data).includes(full.id))
  await assert.rejects(() => bo.getStatus(full.id), /404/)
})

await step('the key is given back', async () => {
  await bo.revokeToken(other.app.client_id, other.app.client_secret, other.token)
  await assert.rejects(() => bo.verifyAccountCredentials(), /401/)
})
end()
