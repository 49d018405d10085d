/** Server-Sent Events by fetch: an EventSource can carry no Authorization header. */
import { session } from "../session/session";

export interface StreamEvent {
  id: string;
  type: string;
  data: string;
}

export type StreamState = "connecting" | "live" | "waiting";

interface Listener {
  onEvent(event: StreamEvent): void;
  onState(state: StreamState): void;
}

const FIRST_PAUSE_MS = 500;
const LONGEST_PAUSE_MS = 15_000;
// Heartbeats come every 15 s; a stream that is silent for three of them is dead although nobody closed it.
const SILENCE_MS = 45_000;

/** Listens until the answer is called; takes the stream up again after the last event that was seen. */
export function listen(address: string, listener: Listener): () => void {
  const stop = new AbortController();
  void run(address, listener, stop.signal);
  return () => stop.abort();
}

async function run(address: string, listener: Listener, stop: AbortSignal): Promise<void> {
  let last: string | undefined;
  let pause = FIRST_PAUSE_MS;
  while (!stop.aborted) {
    listener.onState("connecting");
    await session.ready();
    const token = session.token();
    const attempt = new AbortController();
    const relay = () => attempt.abort();
    stop.addEventListener("abort", relay);
    try {
      const headers = new Headers({ Accept: "text/event-stream", Authorization: `Bearer ${token ?? ""}` });
      if (last) headers.set("Last-Event-ID", last);
      const answer = await fetch(address, { headers, signal: attempt.signal, cache: "no-store" });
      if (answer.status === 401) {
        await session.renewed(token);
        continue;
      }
      if (!answer.ok || !answer.body) throw new Error(String(answer.status));
      listener.onState("live");
      for await (const event of events(answer.body, () => attempt.abort())) {
        pause = FIRST_PAUSE_MS;
        if (event.id) last = event.id;
        if (event.type === "expired") await session.renewed(token);
        else listener.onEvent(event);
      }
    } catch {
      // Whatever ended it, it is taken up again below.
    } finally {
      stop.removeEventListener("abort", relay);
      attempt.abort();
    }
    if (stop.aborted) return;
    listener.onState("waiting");
    await new Promise((resolve) => setTimeout(resolve, pause * (0.75 + Math.random() / 2)));
    pause = Math.min(pause * 2, LONGEST_PAUSE_MS);
  }
}

async function* events(body: ReadableStream<Uint8Array>, onSilence: () => void): AsyncGenerator<StreamEvent> {
  const reader = body.pipeThrough(new TextDecoderStream() as ReadableWritablePair<string, Uint8Array>).getReader();
  let rest = "";
  let watch = setTimeout(onSilence, SILENCE_MS);
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      clearTimeout(watch);
      watch = setTimeout(onSilence, SILENCE_MS);
      const blocks = (rest + value).split("\n\n");
      rest = blocks.pop() ?? "";
      for (const block of blocks) {
        const event = parse(block);
        if (event) yield event;
      }
    }
  } finally {
    clearTimeout(watch);
  }
}

function parse(block: string): StreamEvent | undefined {
  const event = { id: "", type: "message", data: "" };
  for (const line of block.split("\n")) {
    if (line.startsWith("id:")) event.id = line.slice(3).trim();
    else if (line.startsWith("event:")) event.type = line.slice(6).trim();
    else if (line.startsWith("data:")) event.data += line.slice(5).trimStart();
  }
  return event.id || event.data ? event : undefined;
}
