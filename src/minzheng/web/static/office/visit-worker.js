// Lets the page of a visit open again without network. Nothing else is kept; signing out clears it.
"use strict";
const KEPT = "minzheng-visit-pages";
const isVisit = (url) => /^\/cases\/[0-9a-f-]{36}\/visit\/$/.test(url.pathname);
const isStatic = (url) => url.pathname.startsWith("/static/");

self.addEventListener("install", () => self.skipWaiting());
self.addEventListener("activate", (event) => event.waitUntil(self.clients.claim()));
self.addEventListener("fetch", (event) => {
  const url = new URL(event.request.url);
  if (event.request.method !== "GET" || url.origin !== location.origin || !(isVisit(url) || isStatic(url))) return;
  event.respondWith((async () => {
    const cache = await caches.open(KEPT);
    try {
      const fresh = await fetch(event.request);
      if (fresh.ok && !fresh.redirected) await cache.put(event.request, fresh.clone());
      return fresh;
    } catch (trouble) {
      const kept = await cache.match(event.request);
      if (kept) return kept;
      throw trouble;
    }
  })());
});
