// The server writes times in UTC; here they become those of the reader's clock, and stay fresh.

const language = document.documentElement.lang;
let full;

export function localTimes(part) {
  full ??= new Intl.DateTimeFormat(language, { dateStyle: "long", timeStyle: "short" });
  for (const time of part.querySelectorAll("time[datetime]")) {
    const words = full.format(new Date(time.dateTime));
    if ("full" in time.dataset) time.textContent = words;
    else time.title = words;
  }
}
