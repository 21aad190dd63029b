// Answers given without a network: kept on this device, and sent in their order, each once, when there is one.
// Without it everything works that works with a network. Pages and pictures of claims that were opened are kept for reading.
const PAGES = "pages";
const PAGES_MAX = 300;
const OUTBOX = "/work/outbox";
const ANSWER = /^\/work\/claims\/[^/]+\/(items\/\d+|submit)$/;
const CLAIM = /^\/work\/claims\/[^/]+(\/items\/\d+)?$/;
const PARTS = /(?:src|href|data-peaks)="(\/(?:static|media|work\/static)\/[^"]+)"/g;
// With little data a page is kept with what it shows: not what is played, what a tool would draw, or what is only linked.
const SPARING = /<html[^>]* data-low-data/;
const SPARED = /<(?:audio|section|a) [^>]*>/g;
const AWAY = new Set([502, 503, 504]);
const REFUSED = new Set([403, 404, 413, 422]);

self.addEventListener("install", (event) => {
  event.waitUntil(caches.open(PAGES).then((cache) => read(OUTBOX, cache)).then(() => self.skipWaiting()));
});
self.addEventListener("activate", (event) => event.waitUntil(self.clients.claim()));
self.addEventListener("sync", (event) => event.waitUntil(send()));
self.addEventListener("message", (event) => event.waitUntil(hear(event.data)));
self.addEventListener("fetch", (event) => {
  const { request } = event;
  const { pathname } = new URL(request.url);
  if (request.mode === "navigate" && request.method === "POST" && ANSWER.test(pathname)) event.respondWith(post(request));
  else if (request.method === "GET") event.respondWith(get(request, pathname));
});

// Reading: from the network, and from what was kept where there is none.

async function get(request, pathname) {
  try {
    const answer = await fetch(request);
    if (!AWAY.has(answer.status)) return answer;
  } catch { /* no network */ }
  const cache = await caches.open(PAGES);
  const page = await cache.match(request.url, { ignoreVary: true });
  if (page) return page;
  if (request.mode === "navigate" && pathname.startsWith("/work/")) {
    const outbox = await cache.match(OUTBOX, { ignoreVary: true });
    if (outbox) return outbox;
  }
  return Response.error();
}

async function read(url, cache) {
  const answer = await fetch(url, { credentials: "same-origin" });
  if (!answer.ok || answer.redirected) return;
  const text = await answer.clone().text();
  await cache.put(url, answer);
  const shown = SPARING.test(text) ? text.replaceAll(SPARED, "") : text;
  for (const [, part] of shown.matchAll(PARTS)) {
    const link = part.replaceAll("&amp;", "&");
    if (await cache.match(link, { ignoreVary: true })) continue;
    const found = await fetch(link, { credentials: "same-origin" });
    if (found.status === 200) await cache.put(link, found);
  }
}

// What another person opened on this device is not for whoever is signed in now; their answers wait for them.
async function belongTo(person) {
  if (await within("device", "readonly", (store) => store.get("person")) === person) return;
  await caches.delete(PAGES);
  await read(OUTBOX, await caches.open(PAGES));
  await within("device", "readwrite", (store) => store.put(person, "person"));
}

async function keepPages(pages) {
  const cache = await caches.open(PAGES);
  for (const url of pages) if (CLAIM.test(url)) await read(url, cache);
  const keys = (await cache.keys()).filter((one) => new URL(one.url).pathname !== OUTBOX);
  for (const old of keys.slice(0, Math.max(0, keys.length - PAGES_MAX))) await cache.delete(old);
}

// What pages say: who is here and what to keep, or what to try again or to throw away of what waits. They are told what
// does; nobody else reads or writes it.

async function hear({ person, pages = [], again, drop }) {
  if (drop) await change((store) => store.delete(drop));
  const tried = again && (await kept()).find((one) => one.id === again);
  if (tried) await change((store) => store.put({ ...tried, refusal: null }));
  await tell();
  try {
    if (person) await belongTo(person);
    await keepPages(pages);
  } catch { /* the network went meanwhile */ }
  await send();
}

async function tell() {
  const waiting = await kept();
  for (const client of await self.clients.matchAll()) client.postMessage(waiting);
}

// Answering.

async function post(request) {
  const body = await request.clone().text();
  try {
    const answer = await fetch(request);
    if (!AWAY.has(answer.status)) return answer;
  } catch { /* no network */ }
  const { pathname } = new URL(request.url);
  const person = new URLSearchParams(body).get("person");
  await change((store) => store.add({ url: pathname, body, person, at: Date.now(), refusal: null }));
  self.registration.sync?.register("outbox").catch(() => {});
  return Response.redirect(await following(pathname, body), 303);
}

async function following(pathname, body) {
  const number = Number(pathname.match(/\/items\/(\d+)$/)?.[1]);
  const next = pathname.replace(/\d+$/, String(number + 1));
  const goes = number && new URLSearchParams(body).get("action") === "next";
  return goes && await (await caches.open(PAGES)).match(next, { ignoreVary: true }) ? next : OUTBOX;
}

// One at a time in all tabs. What is stopped half way is done again: the server knows an answer that came before.
const send = () => navigator.locks.request("outbox", async () => {
  const waiting = (await kept()).filter((one) => !one.refusal);
  if (!waiting.length) return;
  let who;
  try {
    const answer = await fetch(`${OUTBOX}/who`, { credentials: "same-origin", cache: "no-store" });
    if (!answer.ok || answer.redirected) return;  // signed out: it waits for its own person
    who = await answer.json();
  } catch { return; }
  for (const one of waiting.filter((entry) => entry.person === who.person)) {
    const body = new URLSearchParams(one.body);
    body.set("csrf_token", who.token);
    if (body.get("action") === "submit_next") body.set("action", "submit");
    let answer;
    try {
      answer = await fetch(one.url, { method: "POST", body, headers: { "Piecework-Outbox": "1" } });
    } catch { return; }
    const arrived = answer.ok && CLAIM.test(new URL(answer.url).pathname);
    const refusal = answer.headers.get("Piecework-Refusal");
    if (arrived) await change((store) => store.delete(one.id));
    else if (refusal || REFUSED.has(answer.status)) {
      await change((store) => store.put({ ...one, refusal: refusal || "other" }));  // the others do not wait for it
    } else return;
  }
  await tell();
});

// What is kept: `outbox`, and in `device` whose this device is.

function open() {
  return new Promise((resolve, reject) => {
    const opening = indexedDB.open("piecework", 1);
    opening.onupgradeneeded = () => {
      opening.result.createObjectStore("outbox", { keyPath: "id", autoIncrement: true });
      opening.result.createObjectStore("device");
    };
    opening.onsuccess = () => resolve(opening.result);
    opening.onerror = () => reject(opening.error);
  });
}

async function within(name, mode, work) {
  const database = await open();
  try {
    return await new Promise((resolve, reject) => {
      const transaction = database.transaction(name, mode);
      const asked = work(transaction.objectStore(name));
      transaction.oncomplete = () => resolve(asked.result);
      transaction.onabort = () => reject(transaction.error);
    });
  } finally {
    database.close();
  }
}

const kept = () => within("outbox", "readonly", (store) => store.getAll());
const change = (work) => within("outbox", "readwrite", work);
