/** The reader's language: chosen once, kept in the browser. */
import { useSyncExternalStore } from "react";
import { en } from "./en";
import { zh, type Key } from "./zh-CN";

export type Language = "zh-CN" | "en";
export type Values = Record<string, string | number>;

const KEPT = "duban.language";
const TEXTS: Record<Language, Record<Key, string>> = { "zh-CN": zh, en };
const listeners = new Set<() => void>();
let language: Language = localStorage.getItem(KEPT) === "en" ? "en" : "zh-CN";
document.documentElement.lang = language;

export function currentLanguage(): Language {
  return language;
}

export function chooseLanguage(chosen: Language): void {
  language = chosen;
  localStorage.setItem(KEPT, chosen);
  document.documentElement.lang = chosen;
  listeners.forEach((listener) => listener());
}

/** The text of a key with its values put in. */
export function text(key: Key, values?: Values): string {
  return TEXTS[language][key].replace(/\{(\w+)\}/g, (_, name: string) => String(values?.[name] ?? ""));
}

/** The text of an enumeration's value; a value that is newer than this page is shown as it is. */
export function term(kind: string, value: string | null | undefined): string {
  if (value === null || value === undefined || value === "") return "–";
  const key = `${kind}.${value}`;
  return key in zh ? text(key as Key) : value.replaceAll("_", " ");
}

export function useLanguage(): Language {
  return useSyncExternalStore(
    (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    () => language,
  );
}

/** For components: renders anew when the language changes. */
export function useTexts(): typeof text {
  useLanguage();
  return text;
}

/** The one of two texts that a service gave in both languages. */
export function inLanguage(zhText: string | null | undefined, enText: string | null | undefined): string {
  return (language === "en" ? enText : zhText) ?? zhText ?? enText ?? "";
}
