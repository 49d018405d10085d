/** What somebody chose to have at hand without a network: who they are and what was last shown to them, no credential.
 * It lies in this browser's own database and is good for a week. */
import type { Principal } from "../session/session";

const NAME = "duban-away";
const STORE = "kept";
const CHOSEN = "duban.away";
/** After that it tells more of yesterday than of today, and a device that was lost tells nothing. */
const GOOD_MS = 7 * 24 * 3_600_000;

export interface Person {
  username: string;
  me: Principal;
}

/** An answer of a service under the key that pages ask by. */
export interface Answer {
  key: readonly unknown[];
  data: unknown;
  at: number;
}

export interface Away extends Person {
  at: number;
  answers: Answer[];
}

/** Whether this account is kept on this device. */
export function isChosen(subject: string | undefined): boolean {
  return subject !== undefined && localStorage.getItem(CHOSEN) === subject;
}

/** One account of a device at most. */
export function choose(subject: string): void {
  localStorage.setItem(CHOSEN, subject);
}

function database(): Promise<IDBDatabase> {
  return new Promise((resolve, reject) => {
    const request = indexedDB.open(NAME, 1);
    request.onupgradeneeded = () => request.result.createObjectStore(STORE);
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error ?? new Error(NAME));
  });
}

async function within<T>(mode: IDBTransactionMode, act: (store: IDBObjectStore) => IDBRequest<T>): Promise<T> {
  const opened = await database();
  try {
    const transaction = opened.transaction(STORE, mode);
    const request = act(transaction.objectStore(STORE));
    return await new Promise<T>((resolve, reject) => {
      transaction.oncomplete = () => resolve(request.result);
      transaction.onabort = () => reject(transaction.error ?? new Error(NAME));
    });
  } finally {
    opened.close();
  }
}

export async function keepAway(away: Away): Promise<void> {
  await within("readwrite", (store) => store.put(away, STORE));
}

/** What is kept of the account that was chosen, if it is not too old. */
export async function readAway(): Promise<Away | undefined> {
  if (!localStorage.getItem(CHOSEN)) return undefined;
  const found = await within("readonly", (store) => store.get(STORE) as IDBRequest<Away | undefined>).catch(() => undefined);
  return found && isChosen(found.me.subject) && Date.now() - found.at < GOOD_MS ? found : undefined;
}

export async function forgetAway(): Promise<void> {
  localStorage.removeItem(CHOSEN);
  await within("readwrite", (store) => store.clear()).catch(() => undefined);
}
