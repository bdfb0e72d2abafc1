/** Calls back when the page has been painted: what is read comes before what makes it quicker. */
export function whenPainted(call) {
  if (document.hidden) call(); // nothing is painted
  else requestAnimationFrame(() => setTimeout(call));
}
