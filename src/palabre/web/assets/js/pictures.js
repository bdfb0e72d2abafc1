// A picture opens above the page, with its description; without a script its link leads to the file.

const shown = ".media .picture > a:not(.sound)";

export function watchPictures() {
  document.addEventListener("click", (event) => {
    const link = event.target.closest(shown);
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
    event.preventDefault();
    new Pictures([...link.closest(".media").querySelectorAll(shown)], link);
  });
}

class Pictures {
  constructor(links, link) {
    this.links = links;
    this.dialog = document.createElement("dialog");
    this.dialog.className = "pictures";
    this.picture = document.createElement("img");
    this.said = document.createElement("p");
    this.said.dir = "auto";
    this.said.id = "pictures-said";
    this.dialog.setAttribute("aria-labelledby", this.said.id);
    const row = document.createElement("p");
    row.className = "button-row";
    const words = document.body.dataset;
    if (links.length > 1) row.append(this.button(words.previous, () => this.turn(-1)), this.button(words.next, () => this.turn(1)));
    row.append(this.button(words.close, () => this.dialog.close()));
    this.dialog.append(this.picture, this.said, row);
    this.dialog.addEventListener("click", ({ target }) => target === this.dialog && this.dialog.close());
    this.dialog.addEventListener("keydown", ({ key }) => {
      if (key === "ArrowLeft" || key === "ArrowRight") this.turn(key === "ArrowLeft" ? -1 : 1);
    });
    this.dialog.addEventListener("close", () => this.dialog.remove());
    document.body.append(this.dialog);
    this.show(links.indexOf(link));
    this.dialog.showModal();
    row.lastElementChild.focus();
  }

  button(word, press) {
    const made = document.createElement("button");
    made.type = "button";
    made.className = "button";
    made.textContent = word;
    made.addEventListener("click", press);
    return made;
  }

  turn(step) {
    this.show((this.at + step + this.links.length) % this.links.length);
  }

  show(at) {
    this.at = at;
    this.picture.src = this.links[at].href;
    this.picture.alt = this.said.textContent = this.links[at].querySelector("img").alt;
  }
}
