// Small on purpose: the page opens without a network, and the session outlives a reload. Answers of the services
// are never kept here: they belong to a person, and this cache belongs to the machine.
const SHELL = "duban-shell-v1";
let kept = null;

self.addEventListener("install", (event) => {
  event.waitUntil(
    caches
      .open(SHELL)
      .then((cache) => cache.add("/"))
      .then(() => self.skipWaiting()),
  );
});

self.addEventListener("activate", (event) => {
  const old = caches.keys().then((names) => Promise.all(names.filter((it) => it !== SHELL).map((it) => caches.delete(it))));
  event.waitUntil(old.then(() => self.clients.claim()));
});

self.addEventListener("message", (event) => {
  if (event.data.kind === "keep") kept = event.data.kept;
  if (event.data.kind === "hold") event.waitUntil(hold(event.data.addresses));
  if (event.data.kind === "read") event.ports[0].postMessage(kept && kept.expiresAt > Date.now() ? kept : null);
});

self.addEventListener("fetch", (event) => {
  const address = new URL(event.request.url);
  if (event.request.method !== "GET" || address.origin !== self.location.origin) return;
  if (address.pathname.startsWith("/api/") || address.pathname === "/clock.json") return;
  if (event.request.mode === "navigate") event.respondWith(page());
  else if (address.pathname.startsWith("/assets/")) event.respondWith(asset(event.request));
});

/** The newest page, or the last one that was seen when there is no network. */
async function page() {
  const cache = await caches.open(SHELL);
  try {
    const answer = await fetch("/", { cache: "no-store" });
    if (answer.ok) await renew(cache, answer.clone());
    return answer;
  } catch (error) {
    const last = await cache.match("/");
    if (last) return last;
    throw error;
  }
}

/** A page of another build takes the place of the last one; files that only the old build had are let go. */
async function renew(cache, answer) {
  const [before, text] = await Promise.all([cache.match("/").then((it) => it?.text()), answer.clone().text()]);
  // Each answer has a nonce of its own; a build is told by the files that its page names.
  const filesOf = (page) => (page?.match(/\/assets\/[\w.-]+/g) ?? []).join();
  await cache.put("/", answer);
  if (before !== undefined && filesOf(before) !== filesOf(text)) void prune(cache).catch(() => undefined);
}

/** Without an answer nothing is let go: there may be no network for a while. */
async function prune(cache) {
  for (const request of await cache.keys()) {
    if (!new URL(request.url).pathname.startsWith("/assets/")) continue;
    const answer = await fetch(request.url, { method: "HEAD", cache: "no-store" });
    if (answer.status === 404) await cache.delete(request);
  }
}

/** What a page had loaded before there was a worker: the browser has it already, and without a network we need it. */
async function hold(addresses) {
  const cache = await caches.open(SHELL);
  await Promise.all(addresses.map(async (address) => (await cache.match(address)) || cache.add(address).catch(() => undefined)));
}

/** Files whose name changes with their content need be fetched once. */
async function asset(request) {
  const cache = await caches.open(SHELL);
  const known = await cache.match(request);
  if (known) return known;
  const answer = await fetch(request);
  if (answer.ok) await cache.put(request, answer.clone());
  return answer;
}

// What a push shows is a title and where to go; all else is for who is signed in.
self.addEventListener("push", (event) => {
  event.waitUntil(show(event.data));
});

self.addEventListener("notificationclick", (event) => {
  event.notification.close();
  const { path, answer } = event.notification.data ?? {};
  event.waitUntil(event.action === "answer" && answer ? self.clients.openWindow(answer) : open(path ?? "/alerts"));
});

async function show(data) {
  const told = read(data);
  const notice = {
    // The newest word about an alert takes the place of the one before, and is heard.
    tag: told.tag ?? told.id,
    renotify: Boolean(told.tag ?? told.id),
    icon: "/icon-192.png",
    lang: told.language,
    requireInteraction: told.severity === "red",
    data: { path: pathOf(told.url), answer: told.answer_url },
    actions: told.answer_url ? [{ action: "answer", title: told.answer_label }] : [],
  };
  await self.registration.showNotification(told.title ?? "督办", notice);
}

function read(data) {
  try {
    return data?.json() ?? {};
  } catch {
    return {};
  }
}

/** The page's own address of it, however the installation calls the console in its messages. */
function pathOf(url) {
  if (!url || !URL.canParse(url)) return "/alerts";
  const { pathname, search } = new URL(url);
  return pathname + search;
}

/** In a page that is open, without a reload: what is typed there is not lost; else in a new one. */
async function open(path) {
  const [page] = await self.clients.matchAll({ type: "window" });
  if (!page) {
    await self.clients.openWindow(path);
    return;
  }
  page.postMessage({ kind: "open", path });
  await page.focus().catch(() => undefined);
}
