// New posts wait behind a button. The connection is open only while the page is looked at.
import htmx from "htmx.org/dist/htmx.esm.js";

export function watchLive() {
  const place = document.querySelector("[data-live]");
  if (!place || !place.dataset.since || !globalThis.EventSource) return;
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
    source = new EventSource(`${place.dataset.live}?since=${encodeURIComponent(place.dataset.since)}&account=${document.body.dataset.account ?? ""}`);
    source.onmessage = ({ data }) => show(data);
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
  addEventListener("pageshow", open);
  open();
}
