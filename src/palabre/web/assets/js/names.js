// While a name or a hashtag is being typed, those that begin like it stand below and can be chosen.
const patience = 200; // milliseconds without a key
const begun = /(?:^|[^\p{L}\p{N}_@#/&])([@#][\p{L}\p{N}_]{1,30})$/u;

export class Names {
  constructor(text, label) {
    this.text = text;
    this.list = document.createElement("ul");
    this.list.className = "suggestions";
    this.list.id = `${text.id}-names`;
    this.list.setAttribute("role", "listbox");
    this.list.setAttribute("aria-label", label);
    text.setAttribute("aria-autocomplete", "list");
    text.addEventListener("input", () => this.look());
    text.addEventListener("keydown", (event) => this.key(event));
    text.addEventListener("blur", () => this.close());
    this.list.addEventListener("pointerdown", (event) => event.preventDefault()); // the text keeps the focus
    this.list.addEventListener("click", (event) => this.choose(event.target.closest("[data-insert]")));
  }

  get word() {
    return begun.exec(this.text.value.slice(0, this.text.selectionStart))?.[1];
  }

  look() {
    clearTimeout(this.timer);
    const word = this.word;
    if (word) this.timer = setTimeout(() => this.ask(word), patience);
    else this.close();
  }

  async ask(word) {
    const address = `/compose/names?q=${encodeURIComponent(word)}`;
    const response = await fetch(address, { headers: { "hx-request": "true" } }).catch(() => null);
    const found = response?.ok ? await response.text() : "";
    if (word !== this.word || document.activeElement !== this.text) return;
    this.list.innerHTML = found;
    const options = [...this.list.children];
    if (!options.length) return this.close();
    options.forEach((option, place) => (option.id = `${this.list.id}-${place}`));
    this.list.style.insetBlockStart = `${this.text.offsetTop + this.text.offsetHeight}px`;
    this.text.after(this.list);
    this.text.setAttribute("aria-controls", this.list.id);
    this.mark(word.startsWith("@") ? options[0] : null); // a hashtag may be a new one
  }

  mark(option) {
    for (const each of this.list.children) each.setAttribute("aria-selected", String(each === option));
    if (option) this.text.setAttribute("aria-activedescendant", option.id);
    else this.text.removeAttribute("aria-activedescendant");
  }

  key(event) {
    if (!this.list.isConnected || event.ctrlKey || event.metaKey || event.isComposing) return;
    const options = [...this.list.children];
    const at = options.findIndex((each) => each.getAttribute("aria-selected") === "true");
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      const step = event.key === "ArrowDown" ? 1 : -1;
      const next = at < 0 && step < 0 ? options.length - 1 : (at + step + options.length) % options.length;
      this.mark(options[next]);
    } else if ((event.key === "Enter" || event.key === "Tab") && at >= 0) this.choose(options[at]);
    else if (event.key === "Escape") this.close();
    else return;
    event.preventDefault();
    event.stopPropagation();
  }

  choose(option) {
    const word = this.word;
    if (!option || !word) return;
    const end = this.text.selectionStart;
    this.text.setRangeText(`${option.dataset.insert} `, end - word.length, end, "end");
    this.close();
    this.text.dispatchEvent(new Event("input", { bubbles: true }));
  }

  close() {
    clearTimeout(this.timer);
    this.list.remove();
    for (const name of ["aria-controls", "aria-activedescendant"]) this.text.removeAttribute(name);
  }
}
