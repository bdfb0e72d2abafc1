// Reaching the network: its own origin first, and when that does not answer, or a stranger does, the others.
import { proven, Refused, verified } from "./beacon.js";
import { remembered, save, state } from "./store.js";

export const own = location.origin;

const minute = 60_000;
const hour = 60 * minute;
const fresh = 10 * minute; // of proofs, and of tokens between two changes
const patience = 10_000; // until an answer begins
const longPatience = 60_000; // for what is sent: pictures

/** No origin of the network answers. */
export class Nobody extends Error {}

const origins = () => (state.beacon ? JSON.parse(state.beacon).origins : []);

/** Whether the network spoke of our own address once: from then on nobody is believed there without a proof. */
function wasNamed() {
  if (state.named || !state.beacon) return state.named;
  const { origins, former = [] } = JSON.parse(state.beacon);
  return origins.includes(own) || former.includes(own);
}

/** Whether our own address is the network's no more: whoever answers there is a stranger. */
const isLost = () => wasNamed() && !origins().includes(own);

/** Where the network answers now, if that is not our own address; empty if it is. */
export const elsewhere = () => state.host || (isLost() ? origins()[0] : "");

/** Where the network answers now. */
export const host = () => elsewhere() || own;

function candidates() {
  const known = origins();
  if (!wasNamed()) return [own]; // an address that the network does not speak of: nothing is known of others
  if (!isLost()) return [...new Set([host(), own, ...known])];
  return known.includes(state.host) ? [...new Set([state.host, ...known])] : known;
}

const plain = (address, more = {}) =>
  fetch(address, { credentials: "omit", cache: "no-store", signal: AbortSignal.timeout(patience), ...more });

/** Fetches, and gives up when no answer begins in time; how long it then takes is the connection's affair. */
async function fetchSoon(address, options, wait) {
  const giveUp = new AbortController();
  const timer = setTimeout(() => giveUp.abort(), wait);
  try {
    return await fetch(address, { ...options, signal: giveUp.signal });
  } finally {
    clearTimeout(timer);
  }
}

/** Asks `places` for their beacon and keeps the newest that can be believed. */
export async function learn(places = candidates()) {
  const said = await Promise.allSettled(
    places.map(async (origin) => {
      const answer = await plain(`${origin}/.well-known/palabre/beacon`);
      if (!answer.ok) throw new Refused("beacon.none");
      return answer.text();
    }),
  );
  for (const { value } of said) {
    if (!value) continue;
    try {
      const { pin } = await verified(value, state.pin, Date.now());
      await save({ named: wasNamed(), pin, beacon: value }); // before the one that was may be the last to name us
    } catch (refused) {
      if (!(refused instanceof Refused)) throw refused;
    }
  }
  await save({ looked: Date.now() });
}

/** Whether `origin` signs what it is asked now: for when clocks differ. */
async function challenge(origin) {
  const nonce = crypto.randomUUID();
  const answer = await plain(`${origin}/.well-known/palabre/proof?nonce=${nonce}`);
  return proven((await answer.json()).proof, state.pin, origin, nonce);
}

const isNew = (said) => said !== null && said.epoch >= state.pin.epoch;

/** Whether an answer is the network's own. */
export async function isOurs(origin, response) {
  if (!state.pin || !wasNamed()) return origin === own;
  if (!origins().includes(origin)) return false; // a stranger since the network does not speak of it any more
  if (response.type === "opaqueredirect") return false; // ours tells the app where to go
  const header = response.headers.get("palabre-proof");
  let said = await proven(header, state.pin, origin);
  if (said === null && header) {
    await learn([origin]); // with a new key, perhaps
    said = await proven(header, state.pin, origin);
  }
  if (!isNew(said)) return false;
  if (Math.abs(Date.now() - said.issued * 1000) > fresh) {
    const now = await challenge(origin).catch(() => null);
    if (!isNew(now)) return false;
  }
  if (said.epoch > state.pin.epoch) await learn([origin]);
  return true;
}

let changing = null;

/** The token, changed if it was in use for a while; null if there is none. */
async function token(origin) {
  if (!state.token || Date.now() - state.token.at < fresh) return state.token?.token ?? null;
  changing ??= (async () => {
    const headers = { authorization: `Bearer ${state.token.token}`, "palabre-app": "1" };
    const answer = await plain(`${origin}/app/token/change`, { method: "POST", headers });
    if (!(await isOurs(origin, answer))) throw new Nobody();
    if (answer.ok) await save({ token: { ...(await answer.json()), at: Date.now() } });
    else if (answer.status === 401) await save({ token: null });
  })().finally(() => {
    changing = null;
  });
  await changing;
  return state.token?.token ?? null;
}

/** Sends a wish (`path`, `method`, `headers`, `body`, `referrer`, `cache`) to one origin. */
export async function send(origin, wish) {
  const headers = new Headers(wish.headers);
  headers.set("palabre-app", "1");
  const foreign = origin !== own;
  const looks = wish.method === "GET" && !state.host; // at our own origin: its answer will show whose it is
  if ((foreign || !looks) && !(await challengedOnce(origin))) throw new Nobody();
  if (foreign) {
    const shown = await token(origin);
    if (shown) headers.set("authorization", `Bearer ${shown}`);
    if (state.flash) {
      headers.set("palabre-flash", state.flash);
      delete state.flash;
    }
  }
  const options = {
    method: wish.method,
    headers,
    body: wish.body,
    credentials: foreign ? "omit" : "same-origin",
    mode: foreign ? "cors" : "same-origin",
    redirect: "manual",
    referrer: foreign ? "" : wish.referrer,
    cache: wish.cache ?? "no-store",
  };
  return fetchSoon(origin + wish.path, options, wish.method === "POST" ? longPatience : patience);
}

const believed = new Map();

/** An origin shows that it is ours before it is given a token or what a member wrote; once in ten minutes. */
async function challengedOnce(origin) {
  if (!state.pin || !wasNamed()) return origin === own;
  if (!origins().includes(origin)) return false;
  if (Date.now() - (believed.get(origin) ?? 0) < fresh) return true;
  if (!isNew(await challenge(origin))) return false;
  believed.set(origin, Date.now());
  return true;
}

async function settle(origin) {
  believed.set(origin, Date.now());
  const before = state.host;
  if (origin === own) {
    if (before) await save({ host: "", since: 0 });
  } else if (before !== origin) {
    await save({ host: origin, since: before ? state.since : Date.now() });
    await learn();
  }
}

let probed = 0;

/** Whether our own origin is back, asked once a minute while another answers. */
async function comeBack() {
  if (!state.host || isLost() || Date.now() - probed < minute) return;
  probed = Date.now();
  if (isNew(await challenge(own).catch(() => null))) await settle(own);
}

/** Sends a wish to the first origin that answers as the network; returns it with the answer. Throws `Nobody`. */
export async function reach(wish) {
  await remembered();
  await comeBack();
  let troubled = null;
  for (const origin of candidates()) {
    let response;
    try {
      response = await send(origin, wish);
      if (!(await isOurs(origin, response))) continue;
    } catch {
      continue;
    }
    if (response.status === 401 && origin !== own && state.token) {
      await save({ token: null });
      return { origin, response };
    }
    if (response.status >= 502 && response.status <= 504) {
      troubled ??= { origin, response };
      continue;
    }
    await settle(origin);
    return { origin, response };
  }
  if (troubled) return troubled;
  throw new Nobody();
}

/** Meets the network, gets a token, and looks around from time to time. `member` is who is signed in, `csrf` proves it. */
export async function meet(member, csrf) {
  await remembered();
  if (!state.pin || Date.now() - state.looked > 6 * hour) await learn(state.pin ? undefined : [own]);
  if (elsewhere() || !member) return;
  const known = state.token?.member === member && Date.now() - state.token.at < 6 * hour;
  if (known) return;
  const body = new URLSearchParams({ csrf });
  const answer = await fetch("/app/token", { method: "POST", headers: { "palabre-app": "1" }, body });
  if (answer.ok && (await isOurs(own, answer))) {
    if (state.member !== member) await caches.delete("pages"); // seen before it was known whose they are
    await save({ token: { ...(await answer.json()), at: Date.now() }, member });
  }
}

/** Where to go to be signed in on the origin that answers now. */
export async function handOver(next) {
  const { origin, response } = await reach({ path: "/app/hand_over", method: "POST", headers: {} });
  if (origin === own || !response.ok) return null;
  const { code } = await response.json();
  return `${origin}/auth/hand_over?code=${code}&next=${encodeURIComponent(next)}`;
}

/** Whether the app should go to the origin that answers now by itself: ours has been gone for a day, or is lost. */
export const shouldMove = () => Boolean(state.host) && (isLost() || Date.now() - state.since > 24 * hour);
