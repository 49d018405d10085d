/** A line that takes longer to say anything is none. */
const REACH_MS = 4_000;

/** Whether the console answers; browsers take a network that leads nowhere for one. */
export async function isReachable(): Promise<boolean> {
  if (!navigator.onLine) return false;
  try {
    return (await fetch("/clock.json", { cache: "no-store", signal: AbortSignal.timeout(REACH_MS) })).ok;
  } catch {
    return false;
  }
}
