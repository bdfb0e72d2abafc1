// Likes, reposts, bookmarks and follows: shown at once, taken back with a word of why if they did not happen.
import { say } from "./toast.js";

function toggled(button) {
  const on = button.getAttribute("aria-pressed") !== "true";
  button.setAttribute("aria-pressed", String(on));
  button.classList.toggle("is-on", on);
  const count = button.querySelector(".count");
  if (count && /^\d{0,3}$/.test(count.textContent.trim()) && !button.matches(".action-bookmark")) {
    const number = Number(count.textContent) + (on ? 1 : -1);
    count.textContent = number > 0 ? number : "";
  }
}

/** Sends a form with a large file and shows how much of it has gone. */
function send(form) {
  const place = form.querySelector(".attaching");
  const progress = place.querySelector("progress");
  const button = form.querySelector("button");
  place.hidden = false;
  button.disabled = true;
  const request = new XMLHttpRequest();
  request.upload.onprogress = ({ loaded, total }) => {
    if (loaded < total) progress.value = loaded / total;
    else progress.removeAttribute("value");
  };
  request.onloadend = () => {
    const next = request.getResponseHeader("hx-redirect");
    if (next) {
      location.assign(next);
      return;
    }
    place.hidden = true;
    button.disabled = false;
    const type = request.getResponseHeader("content-type") ?? "";
    say(type.startsWith("text/plain") ? request.responseText : document.body.dataset.failed);
  };
  request.open("POST", form.action);
  request.setRequestHeader("HX-Request", "true");
  request.send(new FormData(form));
}

export function watchActions() {
  const body = document.body;
  const shown = new WeakMap(); // request → how the button looked before

  body.addEventListener("htmx:beforeRequest", ({ detail }) => {
    const button = detail.requestConfig?.triggeringEvent?.submitter;
    if (!button?.matches("[data-action]")) return;
    shown.set(detail.xhr, [button, button.getAttribute("aria-pressed"), button.className, button.innerHTML]);
    toggled(button);
  });

  function undo({ detail }) {
    const before = shown.get(detail.xhr);
    if (before) {
      const [button, pressed, kind, inside] = before;
      button.setAttribute("aria-pressed", pressed);
      button.className = kind;
      button.innerHTML = inside;
    }
    const type = detail.xhr?.getResponseHeader?.("content-type") ?? "";
    say(type.startsWith("text/plain") ? detail.xhr.responseText : body.dataset.failed);
  }
  body.addEventListener("htmx:responseError", undo);
  body.addEventListener("htmx:sendError", undo);
  body.addEventListener("htmx:timeout", undo);

  // "Show more" under a list: tell where one is, and do not lose the focus.
  body.addEventListener("htmx:afterSwap", ({ detail }) => {
    if (document.activeElement === document.body && detail.target?.closest?.(".list")) {
      detail.elt?.focus?.({ preventScroll: true });
    }
  });

  document.addEventListener("submit", (event) => {
    if (event.target.matches("form[data-progress]")) {
      event.preventDefault();
      send(event.target);
    }
  });

  addEventListener("offline", () => say(body.dataset.offline));
}
