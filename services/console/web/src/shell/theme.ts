/** The look: light and dark, one scale of distances, fonts that read well in Chinese. */
import { theme as antTheme, type ThemeConfig } from "antd";
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

export function useAppearance(): Appearance {
  return useSyncExternalStore(subscribe, () => appearance);
}

export function useDark(): boolean {
  return useSyncExternalStore(subscribe, isDark);
}

export function useTheme(): ThemeConfig {
  const dark = useDark();
  return {
    algorithm: dark ? antTheme.darkAlgorithm : antTheme.defaultAlgorithm,
    token: {
      fontFamily: FONTS,
      colorPrimary: dark ? "#5b9bff" : "#1554b8",
      colorLink: dark ? "#7db0ff" : "#1554b8",
      colorTextSecondary: dark ? "#b3bdcc" : "#4b5565",
      colorTextTertiary: dark ? "#a3adbd" : "#5a6475",
      colorTextDescription: dark ? "#a3adbd" : "#5a6475",
      colorTextPlaceholder: dark ? "#98a2b3" : "#667085",
      colorBgLayout: dark ? "#0f141b" : "#f3f5f9",
      colorBgContainer: dark ? "#171e27" : "#ffffff",
      colorBgElevated: dark ? "#1d2631" : "#ffffff",
      colorBorderSecondary: dark ? "#2a3542" : "#e6eaf0",
      borderRadius: 6,
      wireframe: false,
      motion: !window.matchMedia("(prefers-reduced-motion: reduce)").matches,
    },
    components: {
      Table: { cellPaddingBlockSM: 7, headerBg: dark ? "#1d2631" : "#f7f9fc", headerColor: dark ? "#b3bdcc" : "#4b5565" },
      Progress: { defaultColor: dark ? "#5b9bff" : "#1554b8" },
      Button: dark ? { primaryColor: "#0b1420" } : {},
    },
  };
}
