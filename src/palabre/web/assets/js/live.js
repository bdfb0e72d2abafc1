// New posts wait behind a button; notifications and conversations are counted beside their names. The connection is open only while the page is looked at.
import htmx from "htmx.org/dist/htmx.esm.js";

const counted = ["unread", "direct"];
const patience = 1500; // milliseconds: whoever only passes through a page asks nothing

export function watchLive() {
  const place = document.querySelector("[data-live]");
  if (!(place || document.querySelector("[data-count]")) || !globalThis.EventSource) return;
  let source = null;

  function show(words) {
    const button = place.querySelector("a");
    if (!words) {
      button?.remove();
    } else if (button) {
      button.textContent = words;
    } else {
      const made = document.createElement("a");
      made.className = "button button-main";
      made.href = location.pathname;
      made.textContent = words;
      made.addEventListener("click", load);
      place.append(made);
    }
  }

  function tell(name, { count, words }) {
    document.body.dataset[name] = count;
    for (const badge of document.querySelectorAll(`[data-count="${name}"]`)) {
      badge.textContent = count;
      badge.hidden = !count;
    }
    for (const told of document.querySelectorAll(`[data-words="${name}"]`)) told.textContent = words;
  }

  async function load(event) {
    if (event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    const response = await fetch(location.pathname, { credentials: "same-origin" }).catch(() => null);
    if (!response?.ok) return location.assign(location.pathname);
    const page = new DOMParser().parseFromString(await response.text(), "text/html");
    if (page.body.dataset.account !== document.body.dataset.account) return location.reload(); // another is active
    const [list, fresh] = [document.querySelector(".list"), page.querySelector(".list")];
    list.replaceWith(document.importNode(fresh, true));
    htmx.process(document.querySelector(".list"));
    place.dataset.since = page.querySelector("[data-live]").dataset.since;
    show("");
    close();
    open();
    scrollTo({ top: 0 });
    document.querySelector(".list .post")?.focus({ preventScroll: true });
  }

  function open() {
    if (source || document.hidden) return;
    const { account } = document.body.dataset;
    const asked = new URLSearchParams({ account: account ?? "" });
    for (const name of counted) asked.set(name, Number.parseInt(document.body.dataset[name], 10) || 0);
    if (place) asked.set("since", place.dataset.since);
    else asked.set("home", "0");
    source = new EventSource(`/live/home?${asked}`);
    source.onmessage = ({ data }) => show(data);
    for (const name of counted) source.addEventListener(name, ({ data }) => tell(name, JSON.parse(data)));
    source.onerror = () => {
      if (source?.readyState !== EventSource.CLOSED) return; // the browser tries again by itself
      close();
      setTimeout(open, 5000);
    };
  }

  function close() {
    source?.close();
    source = null;
  }

  document.addEventListener("visibilitychange", () => (document.hidden ? close() : open()));
  addEventListener("pagehide", close);
  const begin = () => (place ? open() : setTimeout(open, patience));
  addEventListener("pageshow", begin);
  if (place || document.readyState === "complete") begin(); // the page may have been shown before this begins
}
