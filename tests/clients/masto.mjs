// A member's day with masto, the library under Elk and Phanpy.

import assert from 'node:assert/strict'
import { openAsBlob } from 'node:fs'
import { createOAuthAPIClient, createRestAPIClient, createStreamingAPIClient } from 'masto'
import { Heard, ask, end, given, soon, step } from './journey.mjs'

const OUT_OF_BAND = 'urn:ietf:wg:oauth:2.0:oob'
const url = given.url
const ids = (list) => list.map((each) => each.id)

async function signIn(name, scopes) {
  const app = await createRestAPIClient({ url }).v1.apps.create({
    clientName: `masto for ${name}`, redirectUris: OUT_OF_BAND, scopes,
  })
  const query = new URLSearchParams({
    client_id: app.clientId, redirect_uri: OUT_OF_BAND, response_type: 'code', scope: scopes,
  })
  const code = await ask('let in', name, `/oauth/authorize?${query}`)
  const token = await createOAuthAPIClient({ url }).token.create({
    grantType: 'authorization_code', clientId: app.clientId, clientSecret: app.clientSecret,
    redirectUri: OUT_OF_BAND, code, scope: scopes,
  })
  return { app, token: token.accessToken, client: createRestAPIClient({ url, accessToken: token.accessToken }) }
}

async function everything(paginator) {
  const found = []
  for await (const page of paginator) found.push(...[page].flat())
  return found
}

const SCOPES = 'read write follow push'
const one = await step('sign in', () => signIn('ana', SCOPES))
const other = await step('sign in the other', () => signIn('bo', SCOPES))
const [ana, bo] = [one.client, other.client]
const me = await step('who am I', () => ana.v1.accounts.verifyCredentials())
const him = await bo.v1.accounts.verifyCredentials()
const instance = await step('the network describes itself', () => ana.v2.instance.fetch())
assert.equal(instance.configuration.statuses.maxCharacters, 1000)
assert.ok((await ana.v1.instance.languages.list()).some((each) => each.code === 'fr'))

const heard = new Heard()
const listed = await step('a list', async () => {
  await bo.v1.accounts.$select(me.id).follow()
  const list = await bo.v1.lists.create({ title: 'Friends', repliesPolicy: 'followed', exclusive: false })
  await bo.v1.lists.$select(list.id).accounts.create({ accountIds: [me.id] })
  assert.deepEqual(ids(await bo.v1.lists.$select(list.id).accounts.list()), [me.id])
  assert.equal((await bo.v1.lists.$select(list.id).update({ title: 'Good friends' })).title, 'Good friends')
  assert.deepEqual(ids(await bo.v1.accounts.$select(me.id).lists.list()), [list.id])
  return list
})

await step('one connection, many streams', async () => {
  const streaming = createStreamingAPIClient({
    streamingApiUrl: instance.configuration.urls.streaming, accessToken: other.token,
  })
  await streaming.prepare()
  const streams = {
    user: streaming.user.subscribe(), told: streaming.user.notification.subscribe(),
    public: streaming.public.subscribe(), local: streaming.public.local.subscribe(),
    media: streaming.public.media.subscribe(),
    hashtag: streaming.hashtag.subscribe({ tag: 'walls' }), list: streaming.list.subscribe({ list: listed.id }),
    direct: streaming.direct.subscribe(),
  }
  for (const [name, stream] of Object.entries(streams)) {
    ;(async () => {
      for await (const said of stream.values()) heard.note(name, said.event, said.payload)
    })()
  }
  const posts = []
  await soon(async () => {  // a stream that opens tells of what is written from then on
    posts.push((await ana.v1.statuses.create({ status: `@${him.acct} are you there? #walls` })).id)
    await ana.v1.statuses.create({ status: `@${him.acct} alone`, visibility: 'direct' })
    const open = ['user', 'public', 'local', 'hashtag', 'list'].every((name) =>
      heard.has(name, 'update', (each) => posts.includes(each.id)),
    )
    return open && heard.has('direct', 'conversation') && heard.has('told', 'notification')
  })
})

const full = await step('a post with everything', async () => {
  const media = await ana.v2.media.create({
    file: await openAsBlob(given.files.image), description: 'A wall', focus: '0.5,-0.5',
  })
  assert.equal((await ana.v1.media.$select(media.id).update({ description: 'A teal wall' })).description, 'A teal wall')
  const post = await ana.v1.statuses.create(
    {
      status: `Look @${him.acct} #walls https://example.org/`, mediaIds: [media.id], spoilerText: 'Colours',
      language: 'en', sensitive: true, visibility: 'public', quoteApprovalPolicy: 'public',
    },
    { requestInit: { headers: { 'Idempotency-Key': 'everything' } } },
  )
  assert.equal(post.mediaAttachments[0].description, 'A teal wall')
  assert.equal(post.mediaAttachments[0].meta.focus.x, 0.5)
  assert.deepEqual([post.tags[0].name, post.mentions[0].id, post.language], ['walls', him.id, 'en'])
  for (const stream of ['user', 'public', 'local', 'media', 'hashtag', 'list']) {
    await heard.find(stream, 'update', (each) => each.id === post.id)
  }
  for (const stream of ['user', 'told']) {
    await heard.find(stream, 'notification', (each) => each.type === 'mention' && each.status.id === post.id)
  }
  assert.ok(!heard.has('told', 'update'))
  return post
})

await step('a thread', async () => {
  const second = await bo.v1.statuses.create({ status: 'two', inReplyToId: full.id })
  const third = await ana.v1.statuses.create({ status: 'three', inReplyToId: second.id, visibility: 'unlisted' })
  const context = await bo.v1.statuses.$select(second.id).context.fetch()
  assert.deepEqual([ids(context.ancestors), ids(context.descendants)], [[full.id], [third.id]])
})

await step('an edit and its history', async () => {
  const post = ana.v1.statuses.$select(full.id)
  assert.equal((await post.source.fetch()).spoilerText, 'Colours')
  const [media] = full.mediaAttachments
  const edited = await post.update({
    status: 'Look again #walls', spoilerText: '', mediaIds: [media.id],
    mediaAttributes: [{ id: media.id, description: 'A wall painted teal', focus: '-0.5,0.5' }],
  })
  assert.ok(edited.editedAt)
  const [shown] = edited.mediaAttachments
  assert.deepEqual([shown.description, shown.meta.focus.x, shown.url], ['A wall painted teal', -0.5, media.url])
  assert.deepEqual(
    (await post.history.list()).map((each) => [each.spoilerText, each.mediaAttachments[0].description]),
    [['Colours', 'A teal wall'], ['', 'A wall painted teal']],
  )
  await heard.find('user', 'status.update', (each) => each.id === full.id)
})

await step('likes, reposts, bookmarks, pins, quotes', async () => {
  const post = bo.v1.statuses.$select(full.id)
  assert.ok((await post.favourite()).favourited)
  assert.ok((await post.bookmark()).bookmarked)
  assert.equal((await post.reblog()).reblog.id, full.id)
  assert.deepEqual(ids(await post.favouritedBy.list()), [him.id])
  assert.deepEqual(ids(await post.rebloggedBy.list()), [him.id])
  assert.deepEqual(ids(await bo.v1.favourites.list()), [full.id])
  assert.deepEqual(ids(await bo.v1.bookmarks.list()), [full.id])
  const quote = await bo.v1.statuses.create({ status: 'As she says', quotedStatusId: full.id })
  assert.equal(quote.quote.quotedStatus.id, full.id)
  assert.deepEqual(ids(await ana.v1.statuses.$select(full.id).quotes.list()), [quote.id])
  const closed = await ana.v1.statuses.create({ status: 'Not to be quoted', quoteApprovalPolicy: 'nobody' })
  await assert.rejects(() => bo.v1.statuses.create({ status: 'Yet', quotedStatusId: closed.id }), /quot/i)
  assert.ok((await ana.v1.statuses.$select(full.id).pin()).pinned)
  assert.deepEqual(ids(await bo.v1.accounts.$select(me.id).statuses.list({ pinned: true })), [full.id])
  assert.ok(!(await ana.v1.statuses.$select(full.id).unpin()).pinned)
  assert.ok((await post.mute()).muted)
  assert.ok(!(await post.unmute()).muted)
  assert.ok(!(await post.unreblog()).reblogged)
  assert.ok(!(await post.unfavourite()).favourited)
  assert.ok(!(await post.unbookmark()).bookmarked)
})

await step('notifications, one by one and in groups', async () => {
  const told = await soon(async () => {
    const found = await ana.v1.notifications.list()
    return ['follow', 'mention', 'quote'].every((type) => found.some((each) => each.type === type)) && found
  })
  assert.deepEqual([...new Set(told.map((each) => each.account.id))], [him.id])
  const grouped = await ana.v2.notifications.list()
  assert.ok(grouped.notificationGroups.some((each) => each.type === 'quote' && each.sampleAccountIds.includes(him.id)))
  assert.ok((await ana.v1.notifications.unreadCount.fetch()).count > 0)
  await ana.v1.notifications.$select(told[0].id).dismiss()
  await ana.v1.notifications.clear()
  assert.deepEqual(await ana.v1.notifications.list(), [])
})

await step('a poll', async () => {
  const asked = await ana.v1.statuses.create({
    status: 'Tea?', poll: { options: ['yes', 'no', 'later'], expiresIn: 3600, multiple: true, hideTotals: true },
  })
  const voted = await bo.v1.polls.$select(asked.poll.id).votes.create({ choices: [0, 2] })
  assert.deepEqual([voted.voted, voted.ownVotes], [true, [0, 2]])
  assert.equal((await ana.v1.polls.$select(asked.poll.id).fetch()).votersCount, 1)
})

await step('filters', async () => {
  const filter = await bo.v2.filters.create({
    title: 'No rain', context: ['home', 'public'], filterAction: 'warn', keywordsAttributes: [{ keyword: 'rain', wholeWord: true }],
  })
  const wet = await ana.v1.statuses.create({ status: 'It is going to rain' })
  const shown = (await bo.v1.timelines.home.list()).find((each) => each.id === wet.id)
  assert.equal(shown.filtered[0].filter.title, 'No rain')
  assert.deepEqual(shown.filtered[0].keywordMatches, ['rain'])
  const word = await bo.v2.filters.$select(filter.id).keywords.create({ keyword: 'snow', wholeWord: false })
  assert.deepEqual((await bo.v2.filters.$select(filter.id).keywords.list()).map((each) => each.keyword), ['rain', 'snow'])
  assert.equal((await bo.v2.filters.keywords.$select(word.id).update({ keyword: 'hail' })).keyword, 'hail')
  await bo.v2.filters.keywords.$select(word.id).remove()
  const kept = await bo.v2.filters.$select(filter.id).statuses.create({ statusId: full.id })
  assert.deepEqual((await bo.v1.statuses.$select(full.id).fetch()).filtered[0].statusMatches, [full.id])
  await bo.v2.filters.statuses.$select(kept.id).remove()
  await bo.v2.filters.$select(filter.id).update({ filterAction: 'hide' })
  assert.ok(!ids(await bo.v1.timelines.home.list()).includes(wet.id))
  await bo.v2.filters.$select(filter.id).remove()
  assert.ok(ids(await bo.v1.timelines.home.list()).includes(wet.id))
  await heard.find('user', 'filters_changed')
})

await step('media of each kind', async () => {
  for (const [kind, file] of Object.entries(given.files)) {
    const media = await ana.v2.media.create({ file: await openAsBlob(file), description: kind })
    assert.equal(media.type, kind)
    assert.ok(media.url, 'the library waits until it is ready')
    const later = await ana.v1.media.$select(media.id).update({ description: `a ${kind} for all` })
    assert.equal(later.description, `a ${kind} for all`)
    const post = await ana.v1.statuses.create({ status: `a ${kind}`, mediaIds: [media.id] })
    const again = await ana.v1.statuses.$select(post.id).update({
      status: `a ${kind}`, mediaIds: [media.id], mediaAttributes: [{ id: media.id, description: `my ${kind}` }],
    })
    assert.deepEqual(again.mediaAttachments.map((each) => [each.type, each.description]), [[kind, `my ${kind}`]])
    const answer = await fetch(again.mediaAttachments[0].url)
    assert.equal(answer.status, 200)
    assert.ok(answer.headers.get('content-type').startsWith({ image: 'image/', audio: 'audio/' }[kind] ?? 'video/'))
  }
})

await step('for later', async () => {
  const later = await ana.v1.statuses.create({ status: 'later', scheduledAt: new Date(Date.now() + 3_600_000).toISOString() })
  assert.deepEqual(ids(await ana.v1.scheduledStatuses.list()), [later.id])
  await ana.v1.scheduledStatuses.$select(later.id).remove()
  assert.deepEqual(await ana.v1.scheduledStatuses.list(), [])
})

await step('to the end in both directions', async () => {
  const posts = []
  for (let number = 0; number < 12; number++) {
    const post = await ana.v1.statuses.create({ status: `page ${number} #paged` })
    await bo.v1.statuses.$select(post.id).favourite()
    await bo.v1.statuses.$select(post.id).bookmark()
    posts.push(post.id)
  }
  const newest = posts.toReversed()
  await soon(async () => (await ana.v1.notifications.list({ types: ['favourite'] })).length === 12)
  const told = ids(await ana.v1.notifications.list({ types: ['favourite'] }))
  const lists = {
    home: [(query) => bo.v1.timelines.home.list(query), newest],
    list: [(query) => bo.v1.timelines.list.$select(listed.id).list(query), newest],
    hashtag: [(query) => bo.v1.timelines.tag.$select('paged').list(query), newest],
    public: [(query) => bo.v1.timelines.public.list(query), newest],
    local: [(query) => bo.v1.timelines.public.list({ local: true, ...query }), newest],
    account: [(query) => bo.v1.accounts.$select(me.id).statuses.list({ excludeReplies: true, ...query }), newest],
    notifications: [(query) => ana.v1.notifications.list({ types: ['favourite'], ...query }), told],
  }
  for (const [name, [read, expected]] of Object.entries(lists)) {
    const down = ids(await everything(read({ limit: 5 })))
    assert.deepEqual(down.slice(0, 12), expected, name)
    assert.equal(new Set(down).size, down.length, name)
    const up = ids(await everything(read({ limit: 5, minId: expected.at(-1) }).setDirection('prev')))
    assert.deepEqual(up.toSorted(), expected.slice(0, -1).toSorted(), name)
  }
  for (const kept of [bo.v1.favourites, bo.v1.bookmarks]) {  // paged by likes and bookmarks, which only the header names
    const marked = await everything(kept.list.$raw({ limit: 5 }))
    assert.deepEqual(marked.flatMap((page) => ids(page.data)), newest)
    const minId = /min_id=(\d+)/.exec(marked.findLast((page) => page.data.length).headers.get('link'))[1]
    const back = await everything(kept.list({ limit: 5, minId }).setDirection('prev'))
    assert.deepEqual(ids(back).toSorted(), newest.slice(0, 10).toSorted())
  }
  const groups = []
  for await (const page of ana.v2.notifications.list({ limit: 5, types: ['favourite'] })) {
    groups.push(...page.notificationGroups.map((each) => each.statusId))
  }
  assert.deepEqual(groups, newest)
})

await step('the list ends', async () => {
  await bo.v1.lists.$select(listed.id).accounts.remove({ accountIds: [me.id] })
  assert.deepEqual(await bo.v1.lists.$select(listed.id).accounts.list(), [])
  await bo.v1.lists.$select(listed.id).remove()
  assert.deepEqual(await bo.v1.lists.list(), [])
})

await step('people', async () => {
  const locked = await ana.v1.accounts.updateCredentials({ locked: true, displayName: 'Ana B.', fieldsAttributes: [{ name: 'Site', value: 'example.org' }] })
  assert.deepEqual([locked.locked, locked.fields[0].name], [true, 'Site'])
  await bo.v1.accounts.$select(me.id).unfollow()
  assert.ok((await bo.v1.accounts.$select(me.id).follow()).requested)
  assert.deepEqual(ids(await ana.v1.followRequests.list()), [him.id])
  await ana.v1.followRequests.$select(him.id).authorize()
  assert.ok((await bo.v1.accounts.relationships.fetch({ id: [me.id] }))[0].following)
  assert.ok((await bo.v1.accounts.$select(me.id).mute({ duration: 60 })).muting)
  assert.ok(!(await bo.v1.accounts.$select(me.id).unmute()).muting)
  assert.equal((await bo.v1.accounts.$select(me.id).note.create({ comment: 'a friend' })).note, 'a friend')
  assert.ok((await ana.v1.accounts.$select(him.id).block()).blocking)
  assert.ok(!(await ana.v1.accounts.$select(him.id).unblock()).blocking)
  assert.equal((await ana.v1.accounts.lookup({ acct: me.acct })).id, me.id)
  assert.deepEqual(ids((await ana.v2.search.list({ q: me.username, type: 'accounts' })).accounts), [me.id])
})

await step('push', async () => {
  const made = await ana.v1.push.subscription.create({
    subscription: given.push, data: { alerts: { mention: true } }, policy: 'followed',
  })
  assert.deepEqual([made.endpoint, made.policy], [given.push.endpoint, 'followed'])
  assert.ok(made.serverKey)
  assert.ok((await ana.v1.push.subscription.update({ data: { alerts: { mention: true, favourite: true }, policy: 'all' } })).alerts.favourite)
  for (const encoding of ['json', 'multipart-form']) {
    const alerts = { mention: true, reblog: false, poll: undefined, follow: null, 'admin.report': true }
    const told = await ana.v1.push.subscription.update({ data: { alerts, policy: 'all' } }, { encoding })
    assert.deepEqual(Object.entries(told.alerts).filter(([, on]) => on).map(([name]) => name), ['mention', 'adminReport'], encoding)
  }
  await bo.v1.statuses.create({ status: `@${me.acct} ring` })
  assert.equal(await ask('pushed'), 'yes')
  await ana.v1.push.subscription.remove()
  await assert.rejects(() => ana.v1.push.subscription.fetch(), /not found/i)
})

await step('who has to ask to be heard', async () => {
  const changed = await ana.v2.notifications.policy.update({ forNotFollowing: 'filter' })
  assert.equal(changed.forNotFollowing, 'filter')
  const asked = await bo.v1.statuses.create({ status: `@${me.acct} may I?` })
  const [waits] = await soon(async () => {
    const found = await ana.v1.notifications.requests.list()
    return found.length > 0 && found
  })
  assert.deepEqual([waits.account.id, waits.lastStatus.id, Number(waits.notificationsCount)], [him.id, asked.id, 1])
  await ana.v1.notifications.requests.$select(waits.id).accept()
  await soon(async () => (await ana.v1.notifications.list({ types: ['mention'] })).some((each) => each.status.id === asked.id))
  assert.deepEqual(await ana.v1.notifications.requests.list(), [])
  assert.equal((await ana.v2.notifications.policy.update({ forNotFollowing: 'accept' })).forNotFollowing, 'accept')
})

await step('a profile and a collection are changed', async () => {
  assert.equal((await ana.v1.profile.update({ note: 'Writes and paints' })).note, 'Writes and paints')
  const made = await ana.v1.collections.create({ name: 'Painters', description: '', sensitive: false, discoverable: true })
  const { collection } = await ana.v1.collections.$select(made.collection.id).update({ name: 'All painters' })
  assert.equal(collection.name, 'All painters')
  await ana.v1.collections.$select(collection.id).remove()
})

await step('markers, preferences, conversations', async () => {
  await ana.v1.markers.create({ home: { lastReadId: full.id } })
  assert.equal((await ana.v1.markers.fetch({ timeline: ['home'] })).home.lastReadId, full.id)
  assert.equal((await ana.v1.preferences.fetch())['posting:default:visibility'], 'public')
  const [conversation] = await bo.v1.conversations.list()
  assert.equal(conversation.accounts[0].id, me.id)
  assert.ok(!(await bo.v1.conversations.$select(conversation.id).read()).unread)
  assert.ok((await bo.v1.conversations.$select(conversation.id).unread()).unread)
})

await step('errors are named', async () => {
  await assert.rejects(() => ana.v1.statuses.create({ status: 'x'.repeat(1001) }), /1000/)
  await assert.rejects(() => ana.v1.statuses.$select('1').fetch(), /not found/i)
  await assert.rejects(async () => await createRestAPIClient({ url, accessToken: 'nonsense' }).v1.timelines.home.list(), /invalid/i)
})

await step('deleted is gone', async () => {
  const removed = await ana.v1.statuses.$select(full.id).remove()
  assert.equal(removed.text, 'Look again #walls')
  for (const stream of ['public', 'local', 'media', 'hashtag']) await heard.find(stream, 'delete', (each) => each === full.id)
  await assert.rejects(() => bo.v1.statuses.$select(full.id).fetch(), /not found/i)
})

await step('running the network', async () => {
  const root = (await signIn('root', 'read admin:read admin:write')).client
  assert.deepEqual((await root.v1.accounts.verifyCredentials()).role.name, 'Admin')
  const { accounts, reports, domainBlocks, domainAllows, measures, dimensions, retention } = root.v1.admin
  assert.deepEqual(ids(await accounts.list({ username: him.username })), [him.id])
  const report = await ana.v1.reports.create({ accountId: him.id, comment: 'Rude' })
  const [open] = await reports.list({ targetAccountId: him.id })
  assert.deepEqual([open.id, open.comment, open.actionTaken], [report.id, 'Rude', false])
  assert.ok((await reports.$select(open.id).assignToSelf()).assignedAccount)
  await accounts.$select(him.id).action.create({ type: 'silence', reportId: open.id, text: 'Be kind' })
  assert.deepEqual([(await accounts.$select(him.id).fetch()).silenced, (await reports.$select(open.id).fetch()).actionTaken], [true, true])
  assert.ok(!(await accounts.$select(him.id).unsilence()).silenced)
  assert.ok(!(await reports.$select(open.id).reopen()).actionTaken)
  assert.ok((await reports.$select(open.id).resolve()).actionTaken)
  const domain = 'masto.far.example'
  const block = await domainBlocks.create({ domain, severity: 'suspend', rejectMedia: true, publicComment: 'Spam' })
  assert.deepEqual([block.domain, block.severity, block.rejectMedia, block.digest.length], [domain, 'suspend', true, 64])
  assert.ok((await root.v1.instance.domainBlocks.list()).some((each) => each.domain === domain && each.comment === 'Spam'))
  assert.equal((await domainBlocks.$select(block.id).update({ severity: 'noop' })).severity, 'noop')
  assert.equal((await domainBlocks.$select(block.id).fetch()).publicComment, 'Spam')
  await domainBlocks.$select(block.id).remove()
  await assert.rejects(() => domainBlocks.$select(block.id).fetch(), /not found/i)
  const allow = await domainAllows.create({ domain })
  assert.ok(ids(await domainAllows.list()).includes(allow.id))
  await domainAllows.$select(allow.id).remove()
  await accounts.$select(him.id).action.create({ type: 'disable', text: 'Stolen' })
  await assert.rejects(() => bo.v1.accounts.verifyCredentials(), /disabled/)
  assert.ok(!(await accounts.$select(him.id).enable()).disabled)
  await accounts.$select(him.id).action.create({ type: 'suspend' })
  assert.ok((await ana.v1.accounts.$select(him.id).fetch()).suspended)
  assert.ok(!(await accounts.$select(him.id).unsuspend()).suspended)
  const { ipBlocks, emailDomainBlocks, canonicalEmailBlocks, trends } = root.v1.admin
  const shut = await ipBlocks.create({ ip: '203.0.113.0/24', severity: 'no_access', comment: 'Spam', expiresIn: 3600 })
  const opened = await ipBlocks.$select(shut.id).update({ severity: 'sign_up_block', comment: 'Less' })
  assert.deepEqual([opened.ip, opened.severity, opened.comment], ['203.0.113.0/24', 'sign_up_block', 'Less'])
  assert.ok(ids(await ipBlocks.list()).includes(shut.id))
  await ipBlocks.$select(shut.id).remove()
  await assert.rejects(() => ipBlocks.$select(shut.id).fetch(), /not found/i)
  const provider = await emailDomainBlocks.create({ domain: 'masto.mail.example' })
  assert.equal((await emailDomainBlocks.$select(provider.id).fetch()).domain, 'masto.mail.example')
  await emailDomainBlocks.$select(provider.id).remove()
  assert.ok(!ids(await emailDomainBlocks.list()).includes(provider.id))
  const address = await canonicalEmailBlocks.create({ email: 'some.body@masto.example' })
  assert.deepEqual(ids(await canonicalEmailBlocks.test({ email: 'some.body+x@masto.example' })), [address.id])
  await canonicalEmailBlocks.$select(address.id).remove()
  assert.deepEqual(await canonicalEmailBlocks.test({ email: 'some.body@masto.example' }), [])
  for (const list of [trends.tags, trends.statuses, trends.links]) assert.deepEqual(await list.list(), [])
  const day = new Date().toISOString()
  const [joined, reported] = await measures.create({ keys: ['new_users', 'opened_reports'], startAt: day, endAt: day })
  assert.deepEqual([Number(joined.total) >= 3, Number(reported.total) >= 1], [true, true])
  const [software] = await dimensions.create({ keys: ['software_versions'], startAt: day, endAt: day })
  assert.equal(software.data[0].key, 'palabre')
  const [cohort] = await retention.create({ startAt: day, endAt: day, frequency: 'day' })
  assert.equal(cohort.frequency, 'day')
  await assert.rejects(async () => await ana.v1.admin.reports.list(), /not allowed/i)
})

await step('the key is given back', async () => {
  await createOAuthAPIClient({ url }).revoke({
    clientId: one.app.clientId, clientSecret: one.app.clientSecret, token: one.token,
  })
  await assert.rejects(() => ana.v1.accounts.verifyCredentials(), /invalid/i)
})
end()
