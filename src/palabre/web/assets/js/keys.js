// j and k move between posts, others act on the one that has the focus; ? lists them.

const typing = (element) => element.closest("input:not([type=checkbox], [type=radio], [type=file]), textarea, select, [contenteditable]");

function move(step) {
  const posts = [...document.querySelectorAll(".post[data-post]")].filter((post) => post.offsetParent);
  if (!posts.length) return;
  const here = document.activeElement.closest(".post");
  const top = 64;
  let place = posts.indexOf(here);
  if (place < 0) {
    place = posts.findIndex((post) => post.getBoundingClientRect().bottom > top);
    if (step > 0) place -= 1;
  }
  const next = posts[Math.min(Math.max(place + step, 0), posts.length - 1)];
  next.focus({ preventScroll: true });
  next.scrollIntoView({ block: "nearest" });
  for (const post of posts) post.classList.toggle("is-read-now", post === next);
}

function act(selector) {
  document.activeElement.closest(".post")?.querySelector(selector)?.click();
}

const deeds = {
  j: () => move(1),
  k: () => move(-1),
  l: () => act('[data-action="like"]'),
  r: () => act('[data-action="reply"]'),
  b: () => act('[data-action="repost"]'),
  m: () => act('[data-action="bookmark"]'),
  n: () => {
    const text = document.querySelector("#composer textarea[name=text]");
    if (text?.offsetParent) text.focus();
    else location.assign("/compose");
  },
  "/": () => {
    const search = [...document.querySelectorAll("input[type=search]")].find((box) => box.offsetParent);
    if (search) search.focus();
    else location.assign("/search");
  },
  Enter: () => document.activeElement.matches(".post") && act(".post-link"),
  "?": () => document.getElementById("keys")?.showModal(),
};

export function watchKeys() {
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey && event.key === "Enter" && event.target.closest("#composer")) {
      event.target.form.requestSubmit(event.target.form.querySelector("[data-key-submit]"));
      return;
    }
    if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
    if (typing(event.target) || document.querySelector("dialog[open]")) return;
    const deed = deeds[event.key];
    if (!deed || (event.key === "Enter" && !event.target.matches(".post"))) return;
    event.preventDefault();
    deed();
  });
  document.addEventListener("click", (event) => {
    const opener = event.target.closest("[data-opens]");
    if (opener) document.getElementById(opener.dataset.opens)?.showModal();
    const dialog = event.target.closest("dialog.keys");
    if (dialog && (event.target === dialog || event.target.closest("[data-cancel]"))) dialog.close();
  });
}
