// On every page of a worker: starts what keeps answers without a network, says how many wait, and lists them.
(() => {
  const { person } = document.querySelector("[data-person]")?.dataset ?? {};
  if (!person || !navigator.serviceWorker) return;
  const note = document.querySelector("[data-outbox]");
  const list = document.querySelector("[data-outbox-list]");
  const language = document.documentElement.lang;
  let waiting = [];

  const say = async (what) => (await navigator.serviceWorker.ready).active.postMessage(what);

  const pages = () => JSON.parse(document.querySelector("[data-pages]")?.dataset.pages ?? "[]");
  // Whoever wants little data says which pages are kept.
  const spare = "lowData" in document.documentElement.dataset;
  const here = () => say({ person, pages: spare ? [] : pages() });
  const keep = document.querySelector("[data-keep]");
  if (keep) {
    keep.hidden = false;
    keep.addEventListener("click", () => {
      say({ person, pages: pages() });
      keep.disabled = true;
    });
  }

  const show = (kept) => {
    waiting = kept.filter((one) => one.person === person);
    note.hidden = !waiting.length;
    note.querySelector("[data-count]").textContent = waiting.length.toLocaleString(language);
    if (!list) return;
    document.querySelector("[data-nothing]").hidden = waiting.length > 0;
    list.replaceChildren(...waiting.map(row));
  };

  const row = ({ id, url, at, refusal }) => {
    const shown = document.querySelector("[data-outbox-row]").content.cloneNode(true);
    const find = (what) => shown.querySelector(what);
    (find(`[data-refusal="${refusal || "waiting"}"]`) || find("[data-refusal=other]")).hidden = false;
    find("a").href = url.replace(/\/submit$/, "");
    find("time").textContent = new Date(at).toLocaleString(language);
    find("[data-again]").hidden = !refusal;
    find("[data-again]").onclick = () => say({ again: id });
    find("[data-drop]").onclick = (event) => { if (confirm(event.target.dataset.sure)) say({ drop: id }); };
    return shown;
  };

  navigator.serviceWorker.addEventListener("message", (event) => show(event.data));
  navigator.serviceWorker.startMessages();
  navigator.serviceWorker.register("/work/offline.js", { scope: "/work/" }).then(here, here);
  addEventListener("online", here);
  document.querySelector("[data-sign-out]")?.addEventListener("submit", (event) => {
    if (waiting.length && !confirm(event.target.dataset.signOut)) event.preventDefault();
  });
})();
