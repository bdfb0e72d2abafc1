// Answers the pages of this origin: from the network, and from what was seen before when nobody answers.
import { fieldsOf, flush, keep } from "./outbox.js";
import { host, isOurs, Nobody, own, reach, send } from "./origins.js";
import { drop, dropShared, everything, remembered, save, state, waiting } from "./store.js";

const unkept = /^\/(?:auth|settings|admin|compose|oauth|app|search|live|offline|outbox)(?:\/|$)/;
/** Members who have signed out since the worker started: a form of theirs that nobody answers is not kept. */
const gone = new Set();
const mostPages = 60;
const mostFiles = 160;

async function trim(cache, most) {
  const keys = await cache.keys();
  for (const old of keys.slice(0, Math.max(0, keys.length - most))) await cache.delete(old);
}

async function store(name, key, response, most) {
  const whose = state.member;
  const cache = await caches.open(name);
  await cache.delete(key); // what is read again is new again
  await cache.put(key, response);
  // The answer may have taken its time: who has signed out meanwhile leaves nothing here.
  if (whose !== state.member && name !== "static") await (await caches.open(name)).delete(key);
  else await trim(cache, most);
}

/** What a page asks for, in a form that can be sent to any origin. */
async function wishOf(request, path, fields) {
  const headers = {};
  for (const name of ["accept-language", "hx-request", "palabre-account"]) {
    const value = request.headers.get(name);
    if (value !== null) headers[name] = value;
  }
  let body;
  if (fields) {
    body = new URLSearchParams(fields).toString();
    headers["content-type"] = "application/x-www-form-urlencoded";
  } else if (request.method === "POST") {
    body = await request.clone().blob();
    headers["content-type"] = request.headers.get("content-type") ?? "application/octet-stream";
  }
  const referrer = request.referrer.startsWith(`${own}/`) ? request.referrer : "";
  return { path, method: request.method, headers, body, referrer };
}

/** The same answer under our own address. */
const renamed = (response) => new Response(response.body, { status: response.status, headers: response.headers });

function answerOf({ origin, response }, navigates) {
  const goto = response.headers.get("palabre-goto");
  if (goto && navigates) {
    if (origin !== own) state.flash = response.headers.get("palabre-flash") || undefined;
    const entrance = origin !== own && goto.startsWith("/auth/");
    return Response.redirect((entrance ? origin : own) + goto, 303);
  }
  return origin === own ? response : renamed(response);
}

/** A kept page, marked as such. */
async function marked(response) {
  const html = (await response.text()).replace("<body", "<body data-kept");
  return new Response(html, { status: 200, headers: response.headers });
}

async function keptPage(path) {
  const seen = (await caches.match(path, { cacheName: "pages" })) ?? (await caches.match(path, { cacheName: "shell" }));
  if (seen) return marked(seen);
  const shell = await caches.match("/offline", { cacheName: "shell" });
  return shell ? new Response(shell.body, { status: 503, headers: shell.headers }) : Response.error();
}

/** Answers a page, a part of one, or a form. */
export async function answerPage(event, url) {
  const { request } = event;
  const path = url.pathname + url.search;
  const navigates = request.mode === "navigate";
  await remembered();
  const whose = state.member;
  const fields = await fieldsOf(request, url.pathname);
  const wish = await wishOf(request, path, fields);
  try {
    if (fields && (await waiting()).length) await flush(); // in order
    const found = await reach(wish);
    const { response } = found;
    if (found.origin !== own && url.pathname === "/auth/sign_out" && response.ok) await forget();
    if (path.startsWith("/live/") && response.status !== 200) return Response.error(); // asked again, where a refusal is not
    const html = response.headers.get("content-type")?.startsWith("text/html");
    const keeps = request.method === "GET" && response.ok && html && !unkept.test(url.pathname) && !url.search;
    if (keeps && whose === state.member && !wish.headers["hx-request"] && !response.headers.get("palabre-goto")) {
      event.waitUntil(store("pages", url.pathname, response.clone(), mostPages));
    }
    event.waitUntil(flush().catch(() => {}));
    return answerOf(found, navigates);
  } catch (nobody) {
    if (!(nobody instanceof Nobody)) throw nobody;
    if (fields && whose && !gone.has(whose)) {
      await keep(url.pathname, fields, whose); // another account may be active by now
      if (navigates) return Response.redirect(`${own}/outbox?kept`, 303);
      return new Response(null, { status: 204, headers: { "palabre-kept": "1" } });
    }
    return navigates ? keptPage(url.pathname) : Response.error();
  }
}

/** Answers files: those with a mark of their content, and pictures, from what is kept. */
export async function answerFile(event, url) {
  const { request } = event;
  const key = url.pathname + url.search;
  const lasts = url.search.startsWith("?v=") || url.pathname.startsWith("/media/");
  const kept = await caches.match(key);
  if (kept && lasts) return kept;
  await remembered();
  const wish = { path: key, method: "GET", headers: {}, cache: "default" };
  const origin = host();
  let response = await send(origin, wish).catch(() => null);
  if (!response || !(await isOurs(origin, response))) {
    response = await reach(wish).then((found) => found.response, () => kept ?? Response.error());
  }
  if (response.ok && response !== kept) {
    const copy = response.clone();
    event.waitUntil(store(url.pathname.startsWith("/media/") ? "media" : "static", key, copy, mostFiles));
  }
  return response.type === "cors" ? renamed(response) : response;
}

/** Keeps what pages without the network need, and the page that is open. */
export async function keepShell(member, path) {
  const whose = state.member;
  const shell = await caches.open("shell");
  for (const place of ["/offline", "/outbox"]) {
    const { response } = await reach({ path: place, method: "GET", headers: {} });
    if (!response.ok) return;
    const text = (await response.clone().text()).replaceAll("&#x2f;", "/"); // as templates write it
    await shell.put(place, renamed(response));
    for (const [, file] of text.matchAll(/(?:href|src)="(\/static\/[^"#]+)/g)) {
      if (file.includes("?v=") && !(await caches.match(file))) {
        const { response: found } = await reach({ path: file, method: "GET", headers: {}, cache: "default" });
        if (found.ok) await store("static", file, renamed(found), mostFiles);
      }
    }
  }
  if (path && !unkept.test(path)) {
    const { response } = await reach({ path, method: "GET", headers: {} });
    if (response.ok && !response.headers.get("palabre-goto")) await store("pages", path, renamed(response), mostPages);
  }
  if (whose === state.member) return save({ shell: Date.now(), shellOf: member });
  await caches.delete("shell"); // as above: the next page keeps that of whoever reads it
  return save({ shellOf: null });
}

/** Notes that a member is signed in. */
export const back = (member) => gone.delete(member);

/** Forgets a member who signed out or was switched from: pages, token; what waits or was shared goes too, unless it is to stay. */
export async function forget({ outbox = true, everyone = false } = {}) {
  await remembered();
  const left = outbox ? await (everyone ? everything() : waiting()) : [];
  if (outbox) for (const each of [state.member, ...left.map(({ member }) => member)]) gone.add(each);
  await save({ token: null, member: "", shellOf: null }); // first: from now on nothing is kept for who is gone
  for (const { id } of left) await drop(id);
  if (outbox) await dropShared();
  await Promise.all(["pages", "media", "shell"].map((name) => caches.delete(name)));
}
