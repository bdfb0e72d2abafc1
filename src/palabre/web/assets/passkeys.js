// Passkeys need a script: the browser asks the authenticator, and its answer goes into a form like any other. Only the
// pages that have such a form load this.
import { say } from "./js/toast.js";

const bytes = (text) => Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (c) => c.charCodeAt(0));

function text(buffer) {
  const letters = String.fromCharCode(...new Uint8Array(buffer));
  return btoa(letters).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
}

const named = (list) => list?.map((each) => ({ ...each, id: bytes(each.id) }));

function read(options) {
  const wanted = { ...options, challenge: bytes(options.challenge) };
  if (options.user) wanted.user = { ...options.user, id: bytes(options.user.id) };
  if (options.excludeCredentials) wanted.excludeCredentials = named(options.excludeCredentials);
  if (options.allowCredentials) wanted.allowCredentials = named(options.allowCredentials);
  return wanted;
}

function written({ id, rawId, type, response, authenticatorAttachment }) {
  const told = { clientDataJSON: text(response.clientDataJSON) };
  for (const name of ["attestationObject", "authenticatorData", "signature", "userHandle"]) {
    if (response[name]) told[name] = text(response[name]);
  }
  if (response.getTransports) told.transports = response.getTransports();
  return JSON.stringify({ id, rawId: text(rawId), type, authenticatorAttachment, response: told });
}

async function ask(form) {
  const fields = new URLSearchParams();
  for (const name of ["csrf", "password", "code"]) {
    if (form.elements[name]) fields.set(name, form.elements[name].value);
  }
  const answer = await fetch(form.dataset.ask, { method: "POST", body: fields, headers: { "hx-request": "true" } });
  if (!answer.ok) throw new Error(await answer.text(), { cause: "said" });
  const { options, ceremony } = await answer.json();
  const publicKey = read(options);
  const credential = await navigator.credentials[form.dataset.passkey]({ publicKey });
  form.elements.ceremony.value = ceremony;
  form.elements.credential.value = written(credential);
}

// The forms are shown where the browser knows passkeys, and it asks before they are sent.
const known = Boolean(globalThis.PublicKeyCredential && navigator.credentials);
for (const each of document.querySelectorAll("[data-passkey-missing]")) {
  each.classList.toggle("unscripted", known);
  each.hidden = known;
}
for (const form of document.querySelectorAll("form[data-passkey]")) {
  form.hidden = !known;
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const button = form.querySelector("button");
    button.disabled = true;
    ask(form)
      .then(() => form.submit())
      .catch((error) => say(error.cause === "said" ? error.message : form.dataset.failed))
      .finally(() => (button.disabled = false));
  });
}
