// Menus close when one looks elsewhere; questions that have a page of their own are asked in a dialog.
import { say } from "./toast.js";

function closeMenus(except) {
  for (const menu of document.querySelectorAll("details.menu[open]")) {
    if (!menu.contains(except)) menu.open = false;
  }
}

/** Fetches a page that asks something, and shows its question in a dialog; without it, the page itself is opened. */
async function ask(address) {
  const response = await fetch(address, { credentials: "same-origin" });
  if (!response.ok) throw new Error(String(response.status));
  const page = new DOMParser().parseFromString(await response.text(), "text/html");
  const question = page.querySelector("[data-ask]");
  if (!question) throw new Error("no question");
  const dialog = document.createElement("dialog");
  const title = document.createElement("h2");
  title.id = "dialog-title";
  title.textContent = page.querySelector("h1").textContent;
  dialog.setAttribute("aria-labelledby", title.id);
  dialog.append(title, document.importNode(question, true));
  const next = dialog.querySelector('[name="next"]');
  if (next && !location.pathname.endsWith(dialog.querySelector("form").action.split("/").at(-2))) {
    next.value = location.pathname + location.search;
  }
  dialog.addEventListener("click", (event) => {
    if (event.target === dialog || event.target.closest("[data-cancel]")) {
      event.preventDefault();
      dialog.close();
    }
  });
  dialog.addEventListener("close", () => dialog.remove());
  document.body.append(dialog);
  dialog.showModal();
}

/** Where there are more parts of a page than fit, the one that is open is seen. */
export function showCurrent() {
  for (const parts of document.querySelectorAll(".sections")) {
    const open = parts.querySelector("[aria-current]")?.getBoundingClientRect();
    const box = parts.getBoundingClientRect();
    if (open && (open.left < box.left || open.right > box.right)) {
      parts.scrollLeft += open.left - box.left - (box.width - open.width) / 2;
    }
  }
}

export function watchMenus() {
  document.documentElement.classList.toggle("can-share", "share" in navigator);
  document.addEventListener("click", (event) => {
    closeMenus(event.target);
    const asking = event.target.closest("a[data-asks]");
    if (asking && !event.ctrlKey && !event.metaKey && !event.shiftKey) {
      event.preventDefault();
      closeMenus();
      ask(asking.href).catch(() => location.assign(asking.href));
    }
    const copying = event.target.closest("[data-copy]");
    if (copying) {
      navigator.clipboard?.writeText(copying.dataset.copy).then(() => say(copying.dataset.done));
      closeMenus();
    }
    const sharing = event.target.closest("[data-share]");
    if (sharing) {
      navigator.share({ url: sharing.dataset.share }).catch(() => {}); // whoever changes his mind is told nothing
      closeMenus();
    }
    const back = event.target.closest("a[data-back]");
    if (back && history.length > 1 && document.referrer.startsWith(location.origin)) {
      event.preventDefault();
      history.back();
    }
  });
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    const open = document.querySelector("details.menu[open]");
    if (open) {
      open.open = false;
      open.querySelector("summary").focus();
    }
  });
  // A picture chosen in the settings is shown before it is sent.
  document.addEventListener("change", (event) => {
    const input = event.target;
    const shown = input.type === "file" && document.querySelector(`[data-preview-of="${input.id}"]`);
    if (shown && input.files[0]) shown.src = URL.createObjectURL(input.files[0]);
  });
}
