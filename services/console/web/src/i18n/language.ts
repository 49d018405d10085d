/** The reader's language: chosen once, kept in the browser. Only the texts of that language are loaded. */
import { useSyncExternalStore } from "react";
import type { Key } from "./zh-CN";

export type Language = "zh-CN" | "en";
export type Values = Record<string, string | number>;
type Texts = Readonly<Record<Key, string>>;

const KEPT = "duban.language";
const listeners = new Set<() => void>();
const loaded: Partial<Record<Language, Texts>> = {};
let language: Language = localStorage.getItem(KEPT) === "en" ? "en" : "zh-CN";
let texts: Texts | undefined;
document.documentElement.lang = language;

async function load(wanted: Language): Promise<Texts> {
  return (loaded[wanted] ??= wanted === "en" ? (await import("./en")).en : (await import("./zh-CN")).zh);
}

/** Loads the texts; nothing is shown before. */
export async function startLanguage(): Promise<void> {
  texts = await load(language);
}

export function currentLanguage(): Language {
  return language;
}

/** Changes the language as soon as its texts are there; without a network it stays what it is. */
export async function chooseLanguage(chosen: Language): Promise<void> {
  texts = await load(chosen);
  language = chosen;
  localStorage.setItem(KEPT, chosen);
  document.documentElement.lang = chosen;
  listeners.forEach((listener) => listener());
}

/** The text of a key with its values put in. */
export function text(key: Key, values?: Values): string {
  return (texts?.[key] ?? key).replace(/\{(\w+)\}/g, (_, name: string) => String(values?.[name] ?? ""));
}

/** The text of an enumeration's value; a value that is newer than this page is shown as it is. */
export function term(kind: string, value: string | null | undefined): string {
  if (value === null || value === undefined || value === "") return "–";
  const key = `${kind}.${value}`;
  return texts && key in texts ? text(key as Key) : value.replaceAll("_", " ");
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
