// The uploads of a post: each shows how far it is, takes its place when it is ready, and keeps what was typed meanwhile.
import { say } from "./toast.js";

const mostPictures = 4;
const pollMilliseconds = 1500;

export class Attaching {
  /**
   * `place` holds the uploads of a post; `form` has the sentences. `changed` is called when there are others, `name`
   * is what the form calls them.
   */
  constructor(form, place, { changed = () => {}, name = "media[]" } = {}) {
    this.form = form;
    this.place = place;
    this.changed = changed;
    this.name = name;
    this.submit = form.querySelector("[data-key-submit]");
    for (const each of place.children) this.watch(each);
  }

  get media() {
    return [...this.place.querySelectorAll("[data-media]")].map((each) => each.dataset.media);
  }

  /** Shows an upload of before. */
  async fetch(id) {
    const response = await ask(id);
    if (!response?.ok) return;
    const made = document.createElement("template");
    made.innerHTML = await response.text();
    this.put(made.content.firstElementChild, (fresh) => this.place.append(fresh));
  }

  /** Lets go of the upload whose button was pressed; `false` if it was no such button. */
  detach(event) {
    const button = event.target.closest("[data-detach]");
    if (!button) return false;
    event.preventDefault();
    button.closest("[data-media]").remove();
    this.changed();
    return true;
  }

  put(fresh, how) {
    const named = fresh.querySelector('input[type="hidden"]');
    if (named) named.name = this.name;
    how(fresh);
    this.watch(fresh);
  }

  // A video is prepared for a while: shows how far it is, then takes its place, with what was typed meanwhile.
  watch(place) {
    if (!place?.matches("[data-preparing]")) return;
    setTimeout(async () => {
      if (!place.isConnected) return;
      const response = await ask(place.dataset.media);
      if (response && !response.ok && response.status < 500) {
        const type = response.headers.get("content-type") ?? "";
        say(type.startsWith("text/plain") ? await response.text() : document.body.dataset.failed);
        place.remove();
        this.changed();
        return;
      }
      const told = document.createElement("template");
      if (response?.ok) told.innerHTML = await response.text();
      const fresh = told.content.querySelector("[data-media]");
      if (!fresh || fresh.matches("[data-preparing]")) {
        const share = fresh?.querySelector("progress")?.value;
        if (share) place.querySelector("progress").value = share;
        this.watch(place);
        return;
      }
      const typed = place.querySelector("textarea").value;
      this.put(fresh, () => place.replaceWith(fresh));
      if (typed) fresh.querySelector("textarea").value = typed;
      this.changed();
    }, pollMilliseconds);
  }

  take(files) {
    for (const file of files) {
      if (this.place.children.length >= mostPictures) {
        say(this.form.dataset.tooMany);
        return;
      }
      this.upload(file);
    }
  }

  upload(file) {
    const waiting = document.createElement("div");
    waiting.className = "attaching";
    const label = document.createElement("label");
    label.textContent = this.form.dataset.uploading.replace("{name}", file.name);
    const progress = document.createElement("progress");
    progress.max = 1;
    label.append(progress);
    waiting.append(label);
    this.place.append(waiting);

    const data = new FormData();
    data.set("csrf", this.form.elements.csrf.value);
    data.set("file", file);
    const request = new XMLHttpRequest();
    request.upload.onprogress = ({ loaded, total }) => {
      if (loaded < total) progress.value = loaded / total;
      else progress.removeAttribute("value"); // sent; now it is being drawn anew
    };
    request.onloadend = () => {
      hold(this.submit, -1);
      const made = document.createElement("template");
      if (request.status === 200) made.innerHTML = request.responseText;
      const fresh = made.content.firstElementChild;
      if (fresh) {
        this.put(fresh, () => waiting.before(fresh));
        fresh.querySelector("textarea")?.focus();
      } else {
        const type = request.getResponseHeader("content-type") ?? "";
        say(type.startsWith("text/plain") ? request.responseText : document.body.dataset.failed);
      }
      waiting.remove();
      this.changed();
    };
    hold(this.submit, 1);
    request.open("POST", "/compose/media");
    request.setRequestHeader("HX-Request", "true");
    request.send(data);
  }
}

const ask = (id) => fetch(`/compose/media/${id}`, { headers: { "hx-request": "true" } }).catch(() => null);

/** Nothing is published while something is on its way. */
function hold(submit, more) {
  submit.uploads = (submit.uploads ?? 0) + more;
  submit.disabled = submit.uploads > 0;
}
