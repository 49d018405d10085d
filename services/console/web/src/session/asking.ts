/** Questions before anybody is signed in. */

export class SignInFailed extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    message: string,
  ) {
    super(message);
  }
}

/** The answer to a POST, or to a GET where nothing is told. Raises SignInFailed, or TypeError when nobody answers. */
export async function ask<T>(path: string, told: Record<string, string> | undefined, language: string, token?: string): Promise<T> {
  const headers: Record<string, string> = {};
  if (told) headers["Content-Type"] = "application/json";
  if (language) headers["Accept-Language"] = language;
  if (token) headers.Authorization = `Bearer ${token}`;
  const answer = await fetch(path, told ? { method: "POST", headers, body: JSON.stringify(told) } : { headers, cache: "no-store" });
  const said = (await answer.json().catch(() => ({}))) as Record<string, string>;
  if (!answer.ok) throw new SignInFailed(answer.status, said.code ?? "", said.detail || said.title || "");
  return said as T;
}
