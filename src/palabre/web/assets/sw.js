// The service worker: the app goes on when its origin does not. It is a file of its own, loaded after the page.
import { cancel, flush } from "./js/worker/outbox.js";
import { elsewhere, handOver, meet, own, shouldMove } from "./js/worker/origins.js";
import { answerFile, answerPage, back, forget, keepShell } from "./js/worker/pages.js";
import { handOut, receive } from "./js/worker/shared.js";
import { remembered, state, waiting } from "./js/worker/store.js";

const others = /^\/(?:api|oauth|\.well-known|nodeinfo|health|app)(?:\/|$)|^\/(?:sw\.js|robots\.txt)$/;
const changes = /^\/auth\/(?:accounts\/\d+\/switch|sign_in|second_step(?:\/passkey)?|passkey\/sign_in|hand_over)$/;
const heavy = /^\/(?:compose\/media|settings\/import)/;

self.addEventListener("install", (event) => {
  self.skipWaiting();
  if (!event.addRoutes) return;
  // Browsers that have this may ask the network beside us while we start, with the cookie, whoever answers there.
  const always = { condition: { urlPattern: new URLPattern({ pathname: "/*" }) }, source: "fetch-event" };
  event.waitUntil(event.addRoutes(always).catch(() => {}));
});
self.addEventListener("activate", (event) => event.waitUntil(self.clients.claim()));

self.addEventListener("fetch", (event) => {
  const { request } = event;
  const url = new URL(request.url);
  if (url.origin !== own || others.test(url.pathname) || !["GET", "POST"].includes(request.method)) return;
  if (request.headers.has("range")) return;
  const navigates = request.mode === "navigate";
  if (navigates && request.method === "POST" && url.pathname === "/share") {
    event.respondWith(receive(request));
    return;
  }
  // A form of another site would come from us if we sent it on: the browser must send it, and says where it is from.
  if (navigates && request.method === "POST" && !request.referrer.startsWith(`${own}/`)) return;
  if (url.pathname.startsWith("/auth/")) {
    if (url.pathname.startsWith("/auth/sign_out") && request.method === "POST") {
      if (elsewhere()) event.respondWith(answerPage(event, url));
      else event.waitUntil(forget({ everyone: url.pathname.endsWith("/all") }));
    } else if (changes.test(url.pathname) && request.method === "POST") {
      event.waitUntil(forget({ outbox: false })); // what waits stays with its account
    } else if (elsewhere() && navigates && request.method === "GET") {
      event.respondWith(Response.redirect(elsewhere() + url.pathname + url.search, 302));
    }
    return;
  }
  if (request.method === "POST" && heavy.test(url.pathname) && !elsewhere()) return; // the browser shows how far it is
  const file = /^\/(?:static|media)\//.test(url.pathname) || /^\/[^/]*\.(?:ico|png|webmanifest)$/.test(url.pathname);
  event.respondWith(file ? answerFile(event, url).catch(() => Response.error()) : answerPage(event, url));
});

self.addEventListener("sync", (event) => {
  if (event.tag === "outbox") event.waitUntil(flush());
});

const words = {
  async hello({ member, csrf, away, kept, path, first }) {
    await remembered();
    if (!member && !away && !kept && state.token && !elsewhere()) await forget({ outbox: false });
    if (member && state.member && member !== state.member) await forget({ outbox: false });
    if (member) back(member);
    await meet(member, csrf);
    const stale = state.shellOf !== member || Date.now() - state.shell > 43_200_000;
    if (stale && !kept) await keepShell(member, first ? path : "");
    await flush();
    return { count: (await waiting()).length, move: shouldMove() };
  },
  async cancel({ id }) {
    await cancel(id);
  },
  async list() {
    await remembered();
    return waiting();
  },
  flush,
  shared: handOut,
  handOver: ({ next }) => handOver(next),
};

self.addEventListener("message", (event) => {
  const answered = Promise.resolve(words[event.data.kind]?.(event.data)).catch(() => null);
  event.waitUntil(answered.then((answer) => event.ports[0]?.postMessage(answer ?? null)));
});

remembered();
