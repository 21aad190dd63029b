// A form with data-passkey is shown where this browser can do what it is for. When it is sent, the browser asks its
// owner for a passkey and the form goes on as any form, with the answer in it. Without script nothing of it is seen.
"use strict";
(() => {
  const renewed = 4 * 60 * 1000; // a challenge lives five minutes
  const bytes = (text) => Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (one) => one.charCodeAt(0));
  const text = (buffer) => btoa(String.fromCharCode(...new Uint8Array(buffer)))
    .replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
  const listed = (known) => (known ?? []).map((one) => ({ ...one, id: bytes(one.id) }));
  let waiting = null;

  const ask = async (form) => {
    const body = new URLSearchParams({ csrf_token: form.elements.csrf_token.value });
    const answer = await fetch(form.dataset.options, { method: "POST", body });
    if (!answer.ok) throw new Error(`options: ${answer.status}`);
    const asked = await answer.json();
    asked.challenge = bytes(asked.challenge);
    if (asked.user) asked.user.id = bytes(asked.user.id);
    for (const list of ["allowCredentials", "excludeCredentials"]) if (list in asked) asked[list] = listed(asked[list]);
    return asked;
  };

  const send = (form, made) => {
    const response = {};
    for (const part of ["clientDataJSON", "attestationObject", "authenticatorData", "signature", "userHandle"]) {
      if (made.response[part]) response[part] = text(made.response[part]);
    }
    form.elements.answer.value = JSON.stringify({ id: made.id, rawId: text(made.rawId), type: made.type, response });
    form.submit();
  };

  // Beside the addresses that the browser offers for the field of the address, it offers the passkeys it has.
  const offer = async (form) => {
    const ours = new AbortController();
    waiting = ours;
    const timer = setTimeout(() => { ours.abort(); offer(form); }, renewed);
    try {
      const publicKey = await ask(form);
      send(form, await navigator.credentials.get({ publicKey, mediation: "conditional", signal: ours.signal }));
    } catch {
      clearTimeout(timer); // whoever did not want it, or where it does not work, has the button and the mail
    }
  };

  const act = async (form) => {
    const failed = form.querySelector("[data-failed]");
    failed.hidden = true;
    waiting?.abort();
    try {
      const publicKey = await ask(form);
      const way = form.dataset.passkey === "create" ? "create" : "get";
      send(form, await navigator.credentials[way]({ publicKey }));
    } catch {
      failed.hidden = false;
    }
  };

  for (const form of document.querySelectorAll("form[data-passkey]")) {
    if (!window.PublicKeyCredential || form.dataset.origin !== location.origin) continue;
    form.hidden = false;
    for (const unable of document.querySelectorAll("[data-no-passkey]")) unable.hidden = true;
    form.addEventListener("submit", (event) => { event.preventDefault(); act(form); });
    if (form.dataset.passkey === "offer") {
      PublicKeyCredential.isConditionalMediationAvailable?.().then((able) => { if (able) offer(form); });
    }
  }
})();
