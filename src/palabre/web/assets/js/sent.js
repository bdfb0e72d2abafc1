// Which draft was sent by the form that was left: the page that comes next knows whether it is needed any more.
const place = "palabre:sent";

export function remember(draft) {
  try {
    sessionStorage.setItem(place, draft);
  } catch {
    // storage is full or forbidden: there is no draft either
  }
}

/** The draft that was sent is out, or kept elsewhere. */
export function forgetSent() {
  try {
    const draft = sessionStorage.getItem(place);
    if (draft) localStorage.removeItem(draft);
    sessionStorage.removeItem(place);
  } catch {
    // as above
  }
}
