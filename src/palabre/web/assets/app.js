// Begins everything that makes a page quicker or kinder, when the page has been painted: what is read comes first.
import { whenPainted } from "./js/painted.js";
import { forgetDrafts, forgetSent } from "./js/sent.js";

const begin = () => import(document.querySelector('link[rel="modulepreload"]').href);

/** Whether a draft may have to be put back: that is done as soon as possible, so that nothing moves. */
function hasDraft() {
  try {
    return Object.keys(localStorage).some((key) => key.startsWith("palabre:draft:"));
  } catch {
    return false; // storage is forbidden
  }
}

// At once: whoever goes on before the rest has begun would find the draft of what is out.
if ("posted" in document.body.dataset) forgetSent();
document.addEventListener("submit", ({ target }) => {
  const path = target.getAttribute("action") ?? "";
  if (path === "/auth/sign_out") forgetDrafts(document.body.dataset.member);
  else if (path === "/auth/sign_out/all") forgetDrafts();
});
if (hasDraft()) begin();
else whenPainted(begin);
