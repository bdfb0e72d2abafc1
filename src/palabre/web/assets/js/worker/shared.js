// Files that another app shares with this one: they wait here until the composer takes them.
import { own } from "./origins.js";
import { dropShared, keepShared, sharedNow } from "./store.js";

const most = 5; // one more than a post takes: the composer says so

/**
 * Answers what the system sends in the name of another app (W3C Web Share Target), or another site as a form.
 *
 * The two cannot be told apart here, and need not be: nothing is sent to the network. The composer opens with what was
 * shared, as a link with a text opens it, and the member publishes it or does not.
 */
export async function receive(request) {
  const form = await request.formData();
  const words = new URLSearchParams();
  for (const name of ["title", "text", "url"]) {
    const value = form.get(name);
    if (value && typeof value === "string") words.set(name, value);
  }
  const files = form.getAll("media").filter((each) => typeof each !== "string" && each.size);
  if (files.length) {
    const id = crypto.randomUUID();
    await keepShared({ id, files: files.slice(0, most) });
    words.set("shared", id);
  }
  return Response.redirect(`${own}/share?${words}`, 303);
}

/** Hands the files to the page that asks for them, once. */
export async function handOut({ id }) {
  const kept = await sharedNow();
  if (kept?.id !== id) return [];
  await dropShared();
  return kept.files;
}
