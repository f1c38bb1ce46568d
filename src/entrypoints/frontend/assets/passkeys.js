// Passkeys: the browser asks a device, and the form takes the device's answer to the server.
const say = (form, text) => {
  form.querySelector("[data-said]").textContent = text;
};

const begin = async (form) => {
  const answer = await fetch(form.dataset.passkeyOptions, {
    method: "POST",
    body: new URLSearchParams(new FormData(form)),
  });
  const found = answer.ok ? await answer.json() : { error: "That did not work: load the page again." };
  if (found.error) throw new Error(found.error);
  return found;
};

const ask = (form, options) =>
  "passkeyCreate" in form.dataset
    ? navigator.credentials.create({
        publicKey: PublicKeyCredential.parseCreationOptionsFromJSON(options),
      })
    : navigator.credentials.get({
        publicKey: PublicKeyCredential.parseRequestOptionsFromJSON(options),
      });

const use = async (form) => {
  say(form, "");
  try {
    const { ceremony, options } = await begin(form);
    const credential = await ask(form, options);
    form.elements.ceremony.value = ceremony;
    form.elements.credential.value = JSON.stringify(credential.toJSON());
    if (form.elements.password) form.elements.password.disabled = true;
    form.submit();
  } catch (error) {
    const was = error instanceof DOMException;
    if (was && error.name === "InvalidStateError") say(form, "This device has a passkey here already.");
    else say(form, was ? "No passkey was used. Try again, or sign in another way." : error.message);
  }
};

for (const form of document.querySelectorAll("[data-passkey-options]")) {
  const known = globalThis.PublicKeyCredential?.parseCreationOptionsFromJSON;
  form.hidden = !known;
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    event.stopPropagation();
    use(form);
  });
}
