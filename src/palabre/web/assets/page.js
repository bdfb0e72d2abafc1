// Everything here makes a page quicker or kinder that works without it.
import htmx from "htmx.org/dist/htmx.esm.js";
import { watchActions } from "./js/actions.js";
import { watchComposers } from "./js/composer.js";
import { watchInstalled } from "./js/installed.js";
import { watchKeys } from "./js/keys.js";
import { watchLive } from "./js/live.js";
import { showCurrent, watchMenus } from "./js/menus.js";
import { watchPictures } from "./js/pictures.js";
import { drawBlurhashes } from "./js/blurhash.js";
import { localTimes } from "./js/times.js";

// Said in the page too: HTMX begins by itself if the page is loaded by now.
Object.assign(htmx.config, JSON.parse(document.querySelector('meta[name="htmx-config"]').content));

// A page is one account's: the server says so when another is active by now, and the page is loaded again.
document.body.addEventListener("htmx:configRequest", ({ detail }) => {
  if (document.body.dataset.account) detail.headers["palabre-account"] = document.body.dataset.account;
});

watchMenus();
watchActions();
watchKeys();
watchPictures();
htmx.process(document.body);
const look = (part) => {
  localTimes(part);
  drawBlurhashes(part);
  watchComposers(part);
};
look(document.body);
htmx.onLoad(look);
showCurrent();
watchLive();
watchInstalled();
document.body.dataset.begun = ""; // what needs scripts works from now on: tests wait for it
