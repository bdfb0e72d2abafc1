// What was written, liked or followed while nobody answered: kept, and sent in order, each once.
import { reach } from "./origins.js";
import { drop, keepWaiting, noteAbout, remembered, state, stillWaits, waiting } from "./store.js";

const deed = /^\/(?:posts|accounts)\/\d+\/(?:un)?(?:like|repost|bookmark|follow)$/;

/** The server knows the key of a post for a day more: later it might be published twice. */
const longest = 7 * 24 * 3_600_000;

/** The fields of a form that may wait; null for any other. */
export async function fieldsOf(request, path) {
  if (request.method !== "POST" || !(path === "/compose" || deed.test(path))) return null;
  const fields = [];
  for (const [name, value] of await request.clone().formData()) {
    if (typeof value === "string") fields.push([name, value]);
    else if (value.size) return null;
  }
  return fields.some(([name]) => name === "attach" || name === "detach") ? null : fields;
}

const valueOf = (fields, name) => fields.find((each) => each[0] === name)?.[1];

/** Keeps a form of `member`. A page that was kept itself shows the same key each time: other words get another. */
export async function keep(path, fields, member) {
  const key = valueOf(fields, "key");
  if (path === "/compose") {
    const same = (await waiting(member)).find((each) => each.path === path && valueOf(each.fields, "key") === key);
    if (same && valueOf(same.fields, "text") === valueOf(fields, "text")) return;
    if (same || !key) fields = [...fields.filter(([name]) => name !== "key"), ["key", crypto.randomUUID()]];
  }
  await keepWaiting({ path, fields, at: Date.now(), member });
  await self.registration.sync?.register("outbox").catch(() => {});
  await tell(0);
}

/** Takes something back that was not sent yet. */
export async function cancel(id) {
  await navigator.locks.request("palabre outbox", () => drop(id));
  await tell(0);
}

/** Tells the open pages how much waits, and how much was just sent. */
async function tell(sent) {
  const count = (await waiting()).filter((each) => !each.refused).length;
  for (const page of await self.clients.matchAll({ type: "window" })) {
    page.postMessage({ kind: "outbox", count, sent });
  }
}

const wish = (path, fields) => ({
  path,
  method: "POST",
  headers: { "content-type": "application/x-www-form-urlencoded", "hx-request": "true" },
  body: new URLSearchParams(fields).toString(),
});

/** The token of forms of this session, where the one in a kept form is of an earlier one: of the same account only. */
async function newToken(member) {
  const { response } = await reach({ path: "/outbox", method: "GET", headers: {} });
  const page = await response.text();
  if (!page.includes(`data-member="${member}"`)) throw new Error("another account is active");
  return /name="csrf" value="([^"]*)"/.exec(page)?.[1] ?? "";
}

async function sendOne({ path, fields, member }) {
  if (state.token && state.token.member !== member) throw new Error("another account is active");
  const sent = await reach(wish(path, fields));
  if (sent.response.status !== 403) return sent.response;
  const others = fields.filter(([name]) => name !== "csrf");
  return (await reach(wish(path, [...others, ["csrf", await newToken(member)]]))).response;
}

/** Sends what waits, one after the other; stops where nobody answers. */
export function flush() {
  return navigator.locks.request("palabre outbox", async () => {
    await remembered();
    let sent = 0;
    let refused = false;
    for (const item of await waiting()) {
      // Each takes its time: meanwhile it may be taken back, or its member sign out.
      if (item.refused || item.member !== state.member || !(await stillWaits(item.id))) continue;
      if (Date.now() - item.at > longest) {
        await noteAbout({ ...item, refused: "old" });
        refused = true;
        continue;
      }
      let response;
      try {
        response = await sendOne(item);
      } catch {
        break;
      }
      const { status } = response;
      if (status === 401 || status === 429 || status >= 500) break;
      if (status < 400) {
        await drop(item.id);
        sent += 1;
      } else {
        await noteAbout({ ...item, refused: await wordsOf(response) });
        refused = true;
      }
    }
    if (sent || refused) await tell(sent);
  });
}

async function wordsOf(response) {
  const text = await response.text();
  const said = /class="wrong"[^>]*>.*?<span>([^<]*)/s.exec(text)?.[1];
  return said ?? (text.startsWith("<") ? String(response.status) : text.slice(0, 300));
}
