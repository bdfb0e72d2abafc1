// What the app remembers, in IndexedDB: where the network is, the token, and what waits to be sent.

let opening = null;

function open() {
  opening ??= new Promise((resolve, reject) => {
    const request = indexedDB.open("palabre", 1);
    request.onupgradeneeded = () => {
      request.result.createObjectStore("state");
      request.result.createObjectStore("outbox", { keyPath: "id", autoIncrement: true });
    };
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
  return opening;
}

async function run(store, mode, work) {
  const database = await open();
  return new Promise((resolve, reject) => {
    const transaction = database.transaction(store, mode);
    const request = work(transaction.objectStore(store));
    transaction.oncomplete = () => resolve(request.result);
    transaction.onabort = () => reject(transaction.error);
  });
}

/** One object with everything but the outbox; `save` writes it. */
export const state = {
  pin: null, beacon: null, named: false, token: null, host: "", since: 0, looked: 0, member: "", shell: 0, shellOf: null,
};

let reading = null;

/** Reads what an earlier run remembered, once. */
export function remembered() {
  reading ??= run("state", "readonly", (store) => store.get("all")).then((kept) => Object.assign(state, kept));
  return reading;
}

export const save = (changes) => run("state", "readwrite", (store) => store.put(Object.assign(state, changes), "all"));

/** What another app shared last, until it is taken: `{ id, files }`. */
export const keepShared = (shared) => run("state", "readwrite", (store) => store.put(shared, "shared"));
export const sharedNow = () => run("state", "readonly", (store) => store.get("shared"));
export const dropShared = () => run("state", "readwrite", (store) => store.delete("shared"));

/** What waits, of every account that was active in this browser. */
export const everything = () => run("outbox", "readonly", (store) => store.getAll());

/** What waits of an account, by default of the one that is active. */
export const waiting = async (member = state.member) => (await everything()).filter((each) => each.member === member);
export const keepWaiting = (item) => run("outbox", "readwrite", (store) => store.put(item));
export const stillWaits = (id) => run("outbox", "readonly", (store) => store.getKey(id)).then((key) => key !== undefined);

/** Notes something about what waits, unless it is gone by now. */
export const noteAbout = (item) =>
  run("outbox", "readwrite", (store) => {
    const there = store.getKey(item.id);
    there.onsuccess = () => there.result === undefined || store.put(item);
    return there;
  });
export const drop = (id) => run("outbox", "readwrite", (store) => store.delete(id));
