/** Says a short sentence at the foot of the page, and to screen readers. */
export function say(words) {
  const place = document.querySelector(".toasts");
  if (!place || !words) return;
  const toast = document.createElement("p");
  toast.className = "toast";
  toast.textContent = words;
  place.replaceChildren(toast);
  setTimeout(() => toast.remove(), 6000);
}
