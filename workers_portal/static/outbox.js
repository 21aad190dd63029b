// On every page of a worker: starts what keeps answers without a network, says how many wait, and lists them.
(() => {
  const body = document.querySelector("[data-person]");
  if (!body || !navigator.serviceWorker) return;
  const note = document.querySelector("[data-outbox]");
  const list = document.querySelector("[data-outbox-list]");
  const within = (mode, work) => new Promise((resolve, reject) => {
    const opening = indexedDB.open("piecework", 1);
    opening.onupgradeneeded = () => {
      opening.result.createObjectStore("outbox", { keyPath: "id", autoIncrement: true });
      opening.result.createObjectStore("device");
    };
    opening.onerror = () => reject(opening.error);
    opening.onsuccess = () => {
      const transaction = opening.result.transaction("outbox", mode);
      const asked = work(transaction.objectStore("outbox"));
      transaction.oncomplete = () => { opening.result.close(); resolve(asked.result); };
    };
  });
  const mine = () => within("readonly", (store) => store.getAll())
    .then((found) => found.filter((one) => one.person === body.dataset.person));
  let waiting = [];

  const show = async () => {
    waiting = await mine();
    if (note) {
      note.hidden = !waiting.length;
      note.querySelector("[data-count]").textContent = waiting.length.toLocaleString(document.documentElement.lang);
    }
    if (!list) return;
    document.querySelector("[data-nothing]").hidden = waiting.length > 0;
    list.replaceChildren(...waiting.map(row));
  };

  const row = (one) => {
    const shown = document.querySelector("[data-outbox-row]").content.cloneNode(true);
    const said = shown.querySelector(`[data-refusal="${one.refusal ? one.refusal : "waiting"}"]`) || shown.querySelector("[data-refusal=other]");
    said.hidden = false;
    shown.querySelector("a").href = one.url.replace(/\/submit$/, "");
    shown.querySelector("time").textContent = new Date(one.at).toLocaleString(document.documentElement.lang);
    shown.querySelector("[data-again]").hidden = !one.refusal;
    shown.querySelector("[data-again]").onclick = () => within("readwrite", (store) => store.put({ ...one, refusal: null })).then(tell);
    shown.querySelector("[data-drop]").onclick = (event) => {
      if (confirm(event.target.dataset.sure)) within("readwrite", (store) => store.delete(one.id)).then(show);
    };
    return shown;
  };

  const tell = async () => {
    const { active } = await navigator.serviceWorker.ready;
    const pages = document.querySelector("[data-pages]");
    const spare = navigator.connection?.saveData;
    active.postMessage({ person: body.dataset.person, pages: pages && !spare ? JSON.parse(pages.dataset.pages) : [] });
  };

  navigator.serviceWorker.register("/work/offline.js", { scope: "/work/" }).then(tell, () => {});
  navigator.serviceWorker.addEventListener("message", show);
  addEventListener("online", tell);
  document.querySelector("[data-sign-out]")?.addEventListener("submit", (event) => {
    if (waiting.length && !confirm(event.target.dataset.signOut)) event.preventDefault();
  });
  show();
})();
