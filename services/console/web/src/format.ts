/** Numbers and times as people of the offices write them. */
import { now, ZONE } from "./clock";
import { currentLanguage, text } from "./i18n/language";

export const NONE = "–";

export function number(value: number | string | null | undefined, digits = 0): string {
  if (value === null || value === undefined || value === "") return NONE;
  return new Intl.NumberFormat(currentLanguage(), { maximumFractionDigits: digits }).format(Number(value));
}

export function percent(value: number | string | null | undefined, digits = 1): string {
  return value === null || value === undefined ? NONE : `${number(Number(value) * 100, digits)}%`;
}

/** Whole yuan as 亿元/万元, or millions in English. */
export function money(yuan: number | string | null | undefined): string {
  if (yuan === null || yuan === undefined || yuan === "") return NONE;
  const value = Number(yuan);
  if (currentLanguage() === "en") return `¥${number(value / 1e6, 2)} m`;
  return Math.abs(value) >= 1e8 ? `${number(value / 1e8, 2)} 亿元` : `${number(value / 1e4, 0)} 万元`;
}

export function power(kw: number | null | undefined): string {
  if (kw === null || kw === undefined) return NONE;
  return Math.abs(kw) >= 10_000 ? `${number(kw / 1000, 1)} MW` : `${number(kw, 0)} kW`;
}

/** kWh as 万千瓦时, or MWh in English. */
export function energyAmount(kwh: number | null | undefined): string {
  if (kwh === null || kwh === undefined) return NONE;
  if (currentLanguage() === "en") return `${number(kwh / 1000, 1)} MWh`;
  return Math.abs(kwh) >= 10_000 ? `${number(kwh / 10_000, 2)} 万千瓦时` : `${number(kwh)} 千瓦时`;
}

export function instant(value: string | number | null | undefined, withSeconds = false): string {
  if (value === null || value === undefined) return NONE;
  return new Intl.DateTimeFormat("sv-SE", {
    timeZone: ZONE,
    dateStyle: "short",
    timeStyle: withSeconds ? "medium" : "short",
  }).format(new Date(value));
}

export function clockTime(value: string | number): string {
  return new Intl.DateTimeFormat("sv-SE", { timeZone: ZONE, timeStyle: "short" }).format(new Date(value));
}

/** How long ago, in the stack's time. */
export function ago(value: string): string {
  const minutes = Math.round((now() - Date.parse(value)) / 60_000);
  if (minutes < 1) return text("time.now");
  if (minutes < 60) return text("time.minutes", { n: minutes });
  if (minutes < 48 * 60) return text("time.hours", { n: Math.floor(minutes / 60) });
  return text("time.days", { n: Math.floor(minutes / 1440) });
}
