// The page's side of the service worker: says hello, shows what waits, moves to the origin that answers.
import { say } from "./toast.js";

const worker = navigator.serviceWorker;

/** Asks the worker; null where there is none. */
export async function askWorker(question) {
  const active = (await worker?.ready)?.active;
  if (!active) return null;
  return new Promise((resolve) => {
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = ({ data }) => resolve(data);
    active.postMessage(question, [port2]);
  });
}

export function watchInstalled() {
  const place = document.querySelector(".tidings");
  if (!worker || !place) return;
  const line = place.querySelector("[data-outbox]");
  const body = document.body;

  function show(count) {
    line.hidden = !count;
    line.firstChild.textContent = count === 1 ? place.dataset.one : place.dataset.many.replace("{n}", count);
  }

  async function move(link) {
    const { pathname, search } = location;
    const address = await askWorker({ kind: "handOver", next: pathname + search });
    const step = document.createElement("a");
    step.href = address ?? link.href;
    step.referrerPolicy = "origin"; // the other origin asks where one comes from
    step.click();
  }

  worker.addEventListener("message", ({ data }) => {
    if (data.kind !== "outbox") return;
    show(data.count);
    if (data.sent) say(place.dataset.sent);
    dispatchEvent(new CustomEvent("palabre:outbox"));
  });
  const away = place.querySelector("[data-hand-over]");
  away?.addEventListener("click", (event) => {
    event.preventDefault();
    move(away);
  });
  addEventListener("online", () => askWorker({ kind: "flush" }));
  body.addEventListener("htmx:afterRequest", ({ detail }) => {
    if (!detail.xhr?.getResponseHeader?.("palabre-kept")) return;
    say(place.dataset.stored);
    const button = detail.requestConfig?.triggeringEvent?.submitter;
    if (button?.matches("[data-action]")) {
      const on = button.getAttribute("aria-pressed") === "true";
      button.setAttribute("formaction", button.getAttribute("formaction").replace(/(?:un)?(\w+)$/, on ? "un$1" : "$1"));
    }
  });

  worker.register("/sw.js").catch(() => {}); // forbidden, in a private window perhaps: pages work without
  const first = !worker.controller;
  const { member = "", kept } = body.dataset;
  const path = location.pathname;
  const csrf = document.querySelector('input[name="csrf"]')?.value ?? "";
  askWorker({ kind: "hello", member, csrf, away: Boolean(away), kept: kept !== undefined, path, first }).then((told) => {
    if (told?.count) show(told.count);
    if (told?.move && away) move(away);
  });
  setInterval(() => line.hidden || askWorker({ kind: "flush" }), 15_000);
}
