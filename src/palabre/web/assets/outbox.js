// The page that shows what waits to be sent. The list is in this browser only.
import { askWorker } from "./js/installed.js";
import { forgetSent } from "./js/sent.js";

const list = document.querySelector("[data-outbox-list]");
const nothing = document.querySelector("[data-outbox-empty]");
const words = list.dataset;

function kindOf({ path, fields }) {
  if (path === "/compose") return fields.some(([name]) => name === "reply_to") ? words.reply : words.post;
  return words[path.slice(path.lastIndexOf("/") + 1)] ?? path;
}

function refusalOf({ refused }) {
  return refused && (refused === "old" ? words.old : `${words.refused} ${refused}`);
}

function entry(item) {
  const part = document.createElement("article");
  part.className = "card outbox-item";
  const heading = document.createElement("h2");
  heading.textContent = kindOf(item);
  part.append(heading);
  const text = item.fields.find(([name]) => name === "text")?.[1];
  for (const [said, kind] of [[text, "text"], [refusalOf(item), "wrong"]]) {
    if (!said) continue;
    const line = document.createElement("p");
    line.className = kind;
    line.dir = "auto";
    line.textContent = said;
    part.append(line);
  }
  const button = document.createElement("button");
  button.className = "button button-small";
  button.textContent = words.cancel;
  button.addEventListener("click", async () => {
    await askWorker({ kind: "cancel", id: item.id });
    show();
  });
  part.append(button);
  return part;
}

async function show() {
  const items = (await askWorker({ kind: "list" })) ?? [];
  list.replaceChildren(...items.map(entry));
  nothing.hidden = items.length > 0;
}

if (location.search === "?kept") forgetSent(); // the draft is here now
addEventListener("palabre:outbox", show);
show();
