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
  if (import.meta.env.PROD) void navigator.serviceWorker?.register("/service-worker.js");
}
