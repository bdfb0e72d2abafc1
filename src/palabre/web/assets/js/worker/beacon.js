// Whom to believe: beacons and proofs, checked exactly as palabre/beacon/rules.py does. docs/reference/beacon.md.

const version = 1;
const longest = 16384;
const encoder = new TextEncoder();

/** A beacon that is not believed; `code` says why, in the same words as the server. */
export class Refused extends Error {
  constructor(code) {
    super(code);
    this.code = code;
  }
}

/** Reads base64url without padding; nothing where it is something else. */
export function fromText(text) {
  try {
    return Uint8Array.from(atob(text.replaceAll("-", "+").replaceAll("_", "/")), (each) => each.charCodeAt(0));
  } catch {
    return new Uint8Array();
  }
}

/** JSON as it is signed: members in the order of their names, no white space. */
export function canonical(value) {
  if (Array.isArray(value)) return `[${value.map(canonical).join(",")}]`;
  if (value === null || typeof value !== "object") return JSON.stringify(value);
  const members = Object.keys(value).sort();
  return `{${members.map((name) => `${JSON.stringify(name)}:${canonical(value[name])}`).join(",")}}`;
}

async function check(key, message, signature) {
  try {
    const imported = await crypto.subtle.importKey("raw", fromText(key), "Ed25519", false, ["verify"]);
    return await crypto.subtle.verify("Ed25519", imported, fromText(signature), encoder.encode(message));
  } catch {
    return false;
  }
}

async function promised(key) {
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", fromText(key)));
  return btoa(String.fromCharCode(...digest)).replaceAll("+", "-").replaceAll("/", "_").replace(/=+$/, "");
}

const isText = (value) => typeof value === "string";
const isList = (value) => Array.isArray(value) && value.every(isText);

function read(text) {
  let beacon;
  try {
    beacon = JSON.parse(text);
  } catch {
    throw new Refused("beacon.malformed");
  }
  const { network, epoch, sequence, issued, expires, origins, onion = "", reserve = [], former = [], keys, signature } =
    beacon ?? {};
  const good =
    text.length <= longest && beacon?.version === version && isText(network) && isText(signature) && isText(onion) &&
    [epoch, sequence, issued, expires].every(Number.isSafeInteger) && isList(origins) && isList(reserve) && isList(former) &&
    origins.length > 0 && Array.isArray(keys) && keys.length > 0 &&
    keys.every((link) => isText(link?.key) && isText(link.next) && isText(link.signature));
  if (!good) throw new Refused("beacon.malformed");
  return beacon;
}

async function checkKeys({ network, keys }, pin) {
  if (keys[0].key !== network) throw new Refused("beacon.wrong_key");
  let before = null;
  for (const link of keys) {
    const said = `palabre key ${version}\n${network}\n${link.key}\n${link.next}`;
    const follows = !before || (await promised(link.key)) === before.next;
    if (!follows || !(await check(link.key, said, link.signature))) throw new Refused("beacon.wrong_key");
    before = link;
  }
  if (pin && !keys.some((link) => link.key === pin.key && link.next === pin.next)) {
    throw new Refused("beacon.wrong_key");
  }
}

/**
 * The beacon in `text`, and what to remember of its network from now on.
 *
 * `pin` is what is remembered, or null the first time; `now` is in milliseconds. Throws `Refused`.
 */
export async function verified(text, pin, now) {
  const beacon = read(text);
  const { signature, ...signed } = beacon;
  if (pin && beacon.network !== pin.network) throw new Refused("beacon.foreign");
  await checkKeys(beacon, pin);
  const { key, next } = beacon.keys.at(-1);
  if (!(await check(key, `palabre beacon ${version}\n${canonical(signed)}`, signature))) {
    throw new Refused("beacon.forged");
  }
  if (beacon.expires * 1000 <= now) throw new Refused("beacon.expired");
  const older = pin && (beacon.epoch < pin.epoch || (beacon.epoch === pin.epoch && beacon.sequence < pin.sequence));
  if (older) throw new Refused("beacon.older");
  const { network, epoch, sequence } = beacon;
  return { beacon, pin: { network, key, next, epoch, sequence } };
}

/** What `proof`, from a header or a challenge, says of `origin`; null if it is not the network's word. */
export async function proven(proof, pin, origin, nonce = "") {
  const [kind, epoch, issued, signature] = (proof ?? "").split(".");
  if (kind !== String(version) || !signature) return null;
  const said = `palabre proof ${version}\n${pin.network}\n${origin}\n${epoch}\n${issued}\n${nonce}`;
  return (await check(pin.key, said, signature)) ? { epoch: Number(epoch), issued: Number(issued) } : null;
}
