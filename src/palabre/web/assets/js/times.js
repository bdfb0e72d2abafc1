// The server writes times in UTC; here they become those of the reader's clock, and stay fresh.

const language = document.documentElement.lang;
const full = new Intl.DateTimeFormat(language, { dateStyle: "long", timeStyle: "short" });

export function localTimes(part) {
  for (const time of part.querySelectorAll("time[datetime]")) {
    const words = full.format(new Date(time.dateTime));
    if ("full" in time.dataset) time.textContent = words;
    else time.title = words;
  }
}
