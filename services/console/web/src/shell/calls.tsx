/** A grave alert calls who chose to be called: by a sound, by a notice on the desktop. */
import { useCallback, useSyncExternalStore } from "react";
import { useNavigate } from "react-router";
import { useHeard } from "../alerts/live";
import type { AlertState, Severity } from "../alerts/model";
import { inLanguage, term } from "../i18n/language";

const OPENED = "alerts.alert.opened.";
const GRAVE: readonly Severity[] = ["red", "orange"];
const KEPT = "duban.calls";
export type Call = "sound" | "desktop";

const listeners = new Set<() => void>();
let chosen: ReadonlySet<Call> = new Set((localStorage.getItem(KEPT) ?? "").split(",").filter(Boolean) as Call[]);

export function useCalls(): ReadonlySet<Call> {
  return useSyncExternalStore(
    (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    () => chosen,
  );
}

/** Chooses a way of being called or leaves it. False when the browser does not allow it. */
export async function toggleCall(call: Call): Promise<boolean> {
  const next = new Set(chosen);
  if (!next.delete(call)) {
    if (call === "desktop" && (!("Notification" in window) || (await Notification.requestPermission()) !== "granted")) return false;
    next.add(call);
    if (call === "sound") ring();
  }
  chosen = next;
  localStorage.setItem(KEPT, [...next].join(","));
  listeners.forEach((listener) => listener());
  return true;
}

/** Listens to the stream; shows nothing on the page itself. */
export function AlertCalls() {
  const navigate = useNavigate();
  useHeard(
    useCallback(
      (state: AlertState, type: string) => {
        if (!type.startsWith(OPENED) || !state.severity || !GRAVE.includes(state.severity)) return;
        if (chosen.has("sound")) ring();
        if (chosen.has("desktop") && Notification.permission === "granted") notify(state, (path) => void navigate(path));
      },
      [navigate],
    ),
  );
  return null;
}

function notify(state: AlertState, go: (path: string) => void): void {
  const notice = new Notification(term("severity", state.severity), {
    body: inLanguage(state.title_zh, state.title_en),
    tag: state.alert_id,
    icon: "/icon-192.png",
  });
  notice.onclick = () => {
    window.focus();
    go(`/alerts/${state.alert_id}`);
    notice.close();
  };
}

const TONES = [880, 660, 880] as const;
const TONE_SECONDS = 0.16;
let audio: AudioContext | undefined;

/** Three tones made here: no file is fetched when it matters. */
function ring(): void {
  audio ??= new AudioContext();
  const begin = audio.currentTime + 0.02;
  TONES.forEach((frequency, index) => {
    if (!audio) return;
    const [tone, loudness] = [audio.createOscillator(), audio.createGain()];
    const at = begin + index * TONE_SECONDS * 1.3;
    tone.frequency.value = frequency;
    loudness.gain.setValueAtTime(0.0001, at);
    loudness.gain.exponentialRampToValueAtTime(0.25, at + 0.02);
    loudness.gain.exponentialRampToValueAtTime(0.0001, at + TONE_SECONDS);
    tone.connect(loudness).connect(audio.destination);
    tone.start(at);
    tone.stop(at + TONE_SECONDS);
  });
}
