/** The stack's time: a demo lives on a morning of the past and may run faster than this machine's clock. */
interface Sample {
  real: number;
  stack: number;
}

const EVERY_MS = 20_000;
/** Kept for a start without a network: today's date goes into reports. */
const KEPT = "duban.clock";
let last: Sample | undefined;
let rate = 1;

interface Kept extends Sample {
  rate: number;
}

async function sample(): Promise<void> {
  const sent = Date.now();
  try {
    const answer = await fetch("/clock.json", { cache: "no-store" });
    if (!answer.ok) return;
    const { now: told } = (await answer.json()) as { now: string };
    const found = { real: (sent + Date.now()) / 2, stack: Date.parse(told) };
    if (last && found.real - last.real > 1000) {
      rate = Math.max(0, (found.stack - last.stack) / (found.real - last.real));
    }
    last = found;
    localStorage.setItem(KEPT, JSON.stringify({ ...found, rate } satisfies Kept));
  } catch {
    // Without an answer the last sample goes on.
  }
}

function recall(): void {
  const kept = localStorage.getItem(KEPT);
  if (last || !kept) return;
  const { real, stack, rate: keptRate } = JSON.parse(kept) as Kept;
  last = { real, stack };
  rate = keptRate;
}

export async function startClock(): Promise<void> {
  await sample();
  recall();
  setTimeout(() => void sample(), 3000);
  setInterval(() => void sample(), EVERY_MS);
}

/** The present instant of the stack, in milliseconds. */
export function now(): number {
  return last ? last.stack + (Date.now() - last.real) * rate : Date.now();
}

/** The stack's present day, YYYY-MM-DD, in the zone of the offices. */
export function today(): string {
  return dayOf(now());
}

export function dayOf(instant: number | string | Date): string {
  return new Intl.DateTimeFormat("sv-SE", { timeZone: ZONE }).format(new Date(instant));
}

export function addDays(day: string, days: number): string {
  const at = new Date(`${day}T00:00:00Z`);
  at.setUTCDate(at.getUTCDate() + days);
  return at.toISOString().slice(0, 10);
}

export const ZONE = "Asia/Shanghai";
