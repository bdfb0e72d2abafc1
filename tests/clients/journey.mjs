// What the journeys share. The test that starts one gives it, as JSON in the first argument: `url` of the network,
// `files` by kind of media, a `push` subscription. It answers on standard input what is asked for on
// standard output.

import { createInterface } from 'node:readline'
import WebSocket from 'ws'

// What the libraries find in browsers and in newer versions of Node, and Node 20 has not.
globalThis.WebSocket ??= WebSocket
Promise.withResolvers ??= function () {
  let settle
  const promise = new this((resolve, reject) => (settle = { resolve, reject }))
  return { promise, ...settle }
}

export const given = JSON.parse(process.argv[2])
const answers = createInterface({ input: process.stdin })[Symbol.asyncIterator]()

/** Ask the test for something, such as the code that a member gets who lets the app in. */
export async function ask(what, ...details) {
  console.log(JSON.stringify({ what, details }))
  return (await answers.next()).value
}

/** Do one step of the journey and say so; what goes wrong ends it, with the name of the step. */
export async function step(name, work) {
  try {
    const value = await work()
    console.log(JSON.stringify({ done: name }))
    return value
  } catch (error) {
    console.error(`${name}: ${error.stack ?? error}`)
    if (error.response?.data || error.additionalProperties) console.error(error.response?.data ?? error.additionalProperties)
    process.exit(1)
  }
}

/** Wait until `look` returns something. */
export async function soon(look, seconds = 20) {
  const until = Date.now() + seconds * 1000
  for (;;) {
    const found = await look()
    if (found) return found
    if (Date.now() > until) throw new Error('it did not come in time')
    await new Promise((go) => setTimeout(go, 50))
  }
}

/** What the streams have said. */
export class Heard {
  #said = new Map()

  note(stream, event, payload) {
    this.#said.set(stream, [...(this.#said.get(stream) ?? []), { event, payload }])
  }

  has(stream, event, suits = () => true) {
    return this.#said.get(stream)?.some((each) => each.event === event && suits(each.payload)) ?? false
  }

  find(stream, event, suits) {
    return soon(() => this.has(stream, event, suits))
  }
}

/** Leave; whatever is still open is closed with the process. */
export function end() {
  console.log(JSON.stringify({ done: 'everything' }))
  process.exit(0)
}
