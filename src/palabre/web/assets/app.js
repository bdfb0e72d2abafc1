// Begins everything that makes a page quicker or kinder, when the page has been painted: what is read comes first.
import { whenPainted } from "./js/painted.js";

const begin = () => import(document.querySelector('link[rel="modulepreload"]').href);

/** Whether a draft may have to be put back: that is done as soon as possible, so that nothing moves. */
function hasDraft() {
  try {
    return Object.keys(localStorage).some((key) => key.startsWith("palabre:draft:"));
  } catch {
    return false; // storage is forbidden
  }
}

if (hasDraft()) begin();
else whenPainted(begin);
