/** A link cannot carry the credential, so a file comes by a request of ours and is handed to the browser. */
import { problemOf, send } from "./client";

/** Fetches `path` below /api and saves it under the name the service gave, or `name`. Throws Problem or Unreachable. */
export async function download(path: string, name: string): Promise<void> {
  const answer = await send(new Request(`${window.location.origin}/api/${path}`));
  if (!answer.ok) throw problemOf(answer.status, await answer.json().catch(() => ({})));
  const link = document.createElement("a");
  link.href = URL.createObjectURL(await answer.blob());
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}
