// Everything here makes a page quicker or kinder that works without it.
import htmx from "htmx.org/dist/htmx.esm.js";
import { watchActions } from "./js/actions.js";
import { watchComposers } from "./js/composer.js";
import { watchInstalled } from "./js/installed.js";
import { watchKeys } from "./js/keys.js";
import { watchLive } from "./js/live.js";
import { watchMenus } from "./js/menus.js";
import { watchPasskeys } from "./js/passkeys.js";
import { watchPictures } from "./js/pictures.js";
import { drawBlurhashes } from "./js/blurhash.js";
import { localTimes } from "./js/times.js";

Object.assign(htmx.config, {
  includeIndicatorStyles: false, // would be an inline style
  allowEval: false,
  selfRequestsOnly: true,
  historyCacheSize: 0,
  scrollBehavior: "auto",
  responseHandling: [
    { code: "204", swap: false },
    { code: "[23]..", swap: true },
    { code: "[45]..", swap: false, error: true },
  ],
});

// A page is one account's: the server says so when another is active by now, and the page is loaded again.
document.body.addEventListener("htmx:configRequest", ({ detail }) => {
  if (document.body.dataset.account) detail.headers["palabre-account"] = document.body.dataset.account;
});

watchMenus();
watchActions();
watchKeys();
watchLive();
watchInstalled();
watchPasskeys();
watchPictures();
htmx.onLoad((part) => {
  localTimes(part);
  drawBlurhashes(part);
  watchComposers(part);
});
