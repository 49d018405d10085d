/** The service worker keeps the session in its memory while a page is open, and gives it back after a reload. */
import type { Kept } from "./session";

export function keepInWorker(kept: Kept | undefined): void {
  navigator.serviceWorker?.controller?.postMessage({ kind: "keep", kept: kept ?? null });
}

export function readFromWorker(patienceMs: number): Promise<Kept | undefined> {
  const worker = navigator.serviceWorker?.controller;
  if (!worker) return new Promise((resolve) => setTimeout(() => resolve(undefined), patienceMs));
  return new Promise((resolve) => {
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = ({ data }: MessageEvent<Kept | null>) => resolve(data ?? undefined);
    setTimeout(() => resolve(undefined), patienceMs * 2);
    worker.postMessage({ kind: "read" }, [port2]);
  });
}

export function registerWorker(): void {
  if (!import.meta.env.PROD || !navigator.serviceWorker) return;
  void navigator.serviceWorker.register("/service-worker.js");
  void navigator.serviceWorker.ready.then(({ active }) => active?.postMessage({ kind: "hold", addresses: loadedFiles() }));
}

/** Files of the build that came before the worker was there. */
function loadedFiles(): string[] {
  const own = `${window.location.origin}/assets/`;
  return performance
    .getEntriesByType("resource")
    .map(({ name }) => name)
    .filter((name) => name.startsWith(own));
}
