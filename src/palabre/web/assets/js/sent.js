// Drafts that are needed no more: which was sent by the form that was left, as the page that comes next finds out, and
// those of who signs out.
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

/** Drops the drafts of `member`; without a name, of everybody in this browser. */
export function forgetDrafts(member = "") {
  const whose = member ? `palabre:draft:${member}:` : "palabre:draft:";
  try {
    for (const each of Object.keys(localStorage)) if (each.startsWith(whose)) localStorage.removeItem(each);
  } catch {
    // as above
  }
}
