// The composer: keeps what is typed, counts near the limit, uploads pictures with their progress.
import { Attaching } from "./attaching.js";
import { askWorker } from "./installed.js";
import { Names } from "./names.js";
import { remember } from "./sent.js";
import { say } from "./toast.js";

const kept = ["text", "warning", "visibility", "language", "quote_policy", "poll_seconds"];
const link = /\bhttps?:\/\/[^\s<>"]+/gi;
const mention = /(^|[^\w/])@(\w+)@[\w.-]+\w/g;
let segmenter; // made when something is counted: that is dear

/** About as the server counts: a link 23, a mention only its name. The server has the last word. */
export function weigh(text) {
  const reduced = text.trim().replace(link, "x".repeat(23)).replace(mention, "$1@$2");
  if (!reduced || !globalThis.Intl?.Segmenter) return [...reduced].length;
  segmenter ??= new Intl.Segmenter();
  return [...segmenter.segment(reduced)].length;
}

/** The forms in which one writes: a post, or a thread with the uploads of each of its parts. */
export function watchComposers(part) {
  for (const form of part.querySelectorAll("form.composer:not([data-ready])")) {
    form.dataset.ready = "";
    new Composer(form);
  }
  for (const form of part.querySelectorAll("form.thread-composer:not([data-ready])")) {
    form.dataset.ready = "";
    for (const each of form.querySelectorAll(".thread-part")) {
      const uploads = new Attaching(form, each.querySelector(".attached"), { name: each.dataset.name });
      each.querySelector("[data-upload]").addEventListener("change", ({ target }) => {
        uploads.take([...target.files]);
        target.value = "";
      });
      each.addEventListener("click", (event) => uploads.detach(event) && each.querySelector("textarea").focus());
    }
  }
}

class Composer {
  constructor(form) {
    this.form = form;
    this.text = form.elements.text;
    this.warning = form.elements.warning;
    this.counter = form.querySelector(".counter");
    this.uploads = new Attaching(form, form.querySelector(".attached"), { changed: () => this.changed() });
    this.submit = form.querySelector("[data-key-submit]");
    this.place = `palabre:draft:${document.body.dataset.member}:${form.dataset.draft}`;
    this.begun = this.text.defaultValue; // one may have begun to write before this script did
    this.edits = "edits" in form.dataset;
    // A page that was kept shows the key of a post that may be out already.
    if ("kept" in document.body.dataset) form.elements.key.value = crypto.randomUUID();
    this.restore();
    form.addEventListener("input", () => this.changed());
    form.addEventListener("click", (event) => this.clicked(event));
    form.addEventListener("submit", () => this.sent());
    form.querySelector("[data-toggles-warning]")?.addEventListener("change", (event) => {
      if (event.target.checked) this.warning.focus();
      else this.warning.value = "";
      this.changed();
    });
    form.querySelector("[data-upload]")?.addEventListener("change", (event) => {
      this.uploads.take([...event.target.files]);
      event.target.value = "";
    });
    this.text.addEventListener("paste", (event) => {
      const pictures = [...event.clipboardData.files].filter((file) => file.type.startsWith("image/"));
      if (pictures.length) {
        event.preventDefault();
        this.uploads.take(pictures);
      }
    });
    form.addEventListener("dragover", (event) => {
      event.preventDefault();
      form.classList.add("is-dropping");
    });
    form.addEventListener("dragleave", () => form.classList.remove("is-dropping"));
    form.addEventListener("drop", (event) => {
      event.preventDefault();
      form.classList.remove("is-dropping");
      this.uploads.take([...event.dataTransfer.files].filter((file) => /^(image|video|audio)\//.test(file.type)));
    });
    const label = form.querySelector("[data-utc]"); // with a script, times are those of this clock
    if (label) label.firstElementChild.textContent = label.dataset.utc;
    new Names(this.text, form.dataset.names);
    const end = this.text.value.length;
    if (end) this.text.setSelectionRange(end, end); // one goes on after the names
    const early = this.restored === undefined && this.text.value !== this.begun;
    if (early) this.changed();
    else this.count();
    const { shared } = form.dataset;
    if (shared) askWorker({ kind: "shared", id: shared }).then((files) => this.uploads.take(files ?? []));
  }

  // Drafts ---------------------------------------------------------------------------------------------------

  changed() {
    this.count();
    if (this.restored !== undefined && this.text.value !== this.restored) {
      // The key of a draft may be that of a post that is out: other words are another post.
      this.form.elements.key.value = crypto.randomUUID?.() ?? `${Date.now()}${Math.random()}`;
      this.restored = undefined;
    }
    const { media, poll } = this.state();
    const more = !this.edits && (this.warning.value || media.length || poll.length);
    const empty = this.text.value.trim() === this.begun.trim() && !more;
    try {
      if (empty) localStorage.removeItem(this.place);
      else localStorage.setItem(this.place, JSON.stringify({ ...this.state(), key: this.form.elements.key.value }));
    } catch {
      // storage is full or forbidden: the draft lives as long as the page
    }
  }

  state() {
    const fields = this.form.elements;
    const poll = [...this.form.querySelectorAll('[name="choices[]"]')].map((each) => each.value);
    return {
      ...Object.fromEntries(kept.filter((name) => fields[name]).map((name) => [name, fields[name].value])),
      media: this.uploads.media,
      poll: poll.some((each) => each.trim()) ? poll : [],
    };
  }

  sent() {
    const { at, offset } = this.form.elements;
    if (at?.value) offset.value = new Date(at.value).getTimezoneOffset();
    remember(this.place);
    // Not at once: a disabled button would not be sent along.
    setTimeout(() => this.submit.setAttribute("aria-disabled", "true"));
    addEventListener("pageshow", () => this.submit.removeAttribute("aria-disabled"), { once: true });
  }

  restore() {
    let before = null;
    try {
      before = JSON.parse(localStorage.getItem(this.place));
    } catch {
      // as above
    }
    if (!before || this.form.querySelector("[aria-invalid]") || (this.uploads.place.children.length && !this.edits)) return;
    const nothing = before.text === this.text.value && !before.warning && !before.media?.length && !before.poll?.length;
    const typed = this.text.value.trim();
    if (nothing || (typed !== this.begun.trim() && typed !== before.text.trim())) return;
    const fields = this.form.elements;
    for (const name of kept) if (fields[name] && name in before) fields[name].value = before[name];
    if (before.key) {
      fields.key.value = before.key;
      this.restored = this.text.value;
    }
    const toggle = this.form.querySelector("[data-toggles-warning]");
    if (toggle) toggle.checked = Boolean(before.warning);
    const answers = this.form.querySelectorAll('[name="choices[]"]');
    before.poll?.forEach((text, place) => {
      if (answers[place]) answers[place].value = text;
    });
    if (before.poll?.length && answers.length) answers[0].closest("details").open = true;
    if (!this.edits) for (const id of before.media ?? []) this.uploads.fetch(id);
    say(this.form.dataset.restored);
  }

  // Counting -------------------------------------------------------------------------------------------------

  count() {
    const limit = Number(this.form.dataset.limit);
    const left = limit - weigh(this.text.value) - weigh(this.warning.value);
    const near = left <= Math.max(20, limit / 10);
    this.counter.hidden = !near;
    this.counter.classList.toggle("is-over", left < 0);
    const words = left < 0 ? this.form.dataset.over : this.form.dataset.left;
    this.counter.textContent = near ? words.replace("{n}", Math.abs(left)) : "";
  }

  // Pictures -------------------------------------------------------------------------------------------------

  clicked(event) {
    if (this.uploads.detach(event)) this.text.focus();
  }
}
