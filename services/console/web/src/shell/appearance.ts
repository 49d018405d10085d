/** Light or dark: as the system is, as the reader chose, and on a wall always dark. */
import { useSyncExternalStore } from "react";

export type Appearance = "system" | "light" | "dark";

const KEPT = "duban.appearance";
const system = window.matchMedia("(prefers-color-scheme: dark)");
const listeners = new Set<() => void>();
let appearance = (localStorage.getItem(KEPT) ?? "system") as Appearance;
let wall = false;

export const FONTS =
  'system-ui, -apple-system, "Segoe UI", "PingFang SC", "Hiragino Sans GB", "Microsoft YaHei", "Noto Sans CJK SC", sans-serif';

function isDark(): boolean {
  return wall || appearance === "dark" || (appearance === "system" && system.matches);
}

function apply(): void {
  document.documentElement.dataset.dark = String(isDark());
  listeners.forEach((listener) => listener());
}

system.addEventListener("change", apply);
apply();

export function chooseAppearance(chosen: Appearance): void {
  appearance = chosen;
  localStorage.setItem(KEPT, chosen);
  apply();
}

/** A wall is dark, whatever the desk prefers. */
export function showOnWall(on: boolean): void {
  wall = on;
  apply();
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

export function useDark(): boolean {
  return useSyncExternalStore(subscribe, isDark);
}
