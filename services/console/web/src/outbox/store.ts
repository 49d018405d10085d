/** Where what could not be sent waits: in this browser's own database, so that it outlives a reload and an empty battery. */
const NAME = "duban-outbox";
const STORE = "waiting";

/** One request of a report. A step that was carried out is not sent again, also when the next one fails. */
export interface Step {
  /** Under this the service carries the step out once, however often it is sent. */
  key: string;
  /** Below /api. */
  path: string;
  type: string;
  body: string | Blob;
  done: boolean;
  /** When it was sent first without an answer: the service may have carried it out. */
  triedAt?: number;
}

export interface Waiting {
  id: string;
  /** Whose it is: nobody else sees or sends it. */
  subject: string;
  kind: string;
  /** What it is about, in the words that were on the page. */
  title: string;
  at: number;
  steps: Step[];
  /** What was typed, so that it can be mended. */
  typed: unknown;
  state: "waiting" | "refused";
  /** Why it was refused, in the service's words. */
  fault?: string;
}

let opened: Promise<IDBDatabase> | undefined;

function database(): Promise<IDBDatabase> {
  opened ??= new Promise<IDBDatabase>((resolve, reject) => {
    const request = indexedDB.open(NAME, 1);
    request.onupgradeneeded = () => request.result.createObjectStore(STORE, { keyPath: "id" });
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error ?? new Error(NAME));
  });
  return opened;
}

async function within<T>(mode: IDBTransactionMode, act: (store: IDBObjectStore) => IDBRequest<T>): Promise<T> {
  const transaction = (await database()).transaction(STORE, mode);
  const request = act(transaction.objectStore(STORE));
  return new Promise((resolve, reject) => {
    // Told when it is on the disk, not when it was asked for.
    transaction.oncomplete = () => resolve(request.result);
    transaction.onabort = () => reject(transaction.error ?? new Error(NAME));
  });
}

export async function readAll(): Promise<Waiting[]> {
  const found = await within("readonly", (store) => store.getAll() as IDBRequest<Waiting[]>);
  return found.sort((one, other) => one.at - other.at);
}

export async function keep(waiting: Waiting): Promise<void> {
  await within("readwrite", (store) => store.put(waiting));
}

/** Changes what is still there: what somebody threw away meanwhile stays away. */
export async function amend(waiting: Waiting): Promise<void> {
  const transaction = (await database()).transaction(STORE, "readwrite");
  const store = transaction.objectStore(STORE);
  const known = store.getKey(waiting.id);
  known.onsuccess = () => known.result !== undefined && store.put(waiting);
  return new Promise((resolve, reject) => {
    transaction.oncomplete = () => resolve();
    transaction.onabort = () => reject(transaction.error ?? new Error(NAME));
  });
}

export async function forget(id: string): Promise<void> {
  await within("readwrite", (store) => store.delete(id));
}
