/** Where in the form stands what a service finds wrong in an application. */
import { Problem } from "../api/client";
import type { BroughtPaper } from "./data";

type Name = (string | number)[];

/** Faults at their fields; `papers` is what was sent, for its places are not those of the form. */
export function placed(error: unknown, papers: readonly BroughtPaper[]) {
  if (!(error instanceof Problem)) return [];
  return error.faults.flatMap(({ pointer, message }) => {
    const name = nameOf(pointer, papers);
    // The names of a list's lines are not known to the form's type.
    return name ? [{ name: name as never, errors: [message] }] : [];
  });
}

/** What is left to say above the form. */
export function restOf(error: Error): Error {
  if (!(error instanceof Problem)) return error;
  return new Problem(error.status, error.code, error.title, error.detail, error.faults.filter((it) => !nameOf(it.pointer, [])));
}

function nameOf(pointer: string | undefined, papers: readonly BroughtPaper[]): Name | undefined {
  const [first, second, ...rest] = (pointer ?? "").split("/").slice(1);
  if (first === "papers") {
    const code = papers[Number(second)]?.code;
    return code ? ["papers", code, rest[0] === "document_id" ? "documents" : "reference"] : undefined;
  }
  if (first === "inputs") {
    if (!second || second === "kind") return undefined;
    return ["inputs", second, ...rest.map((part) => (/^\d+$/.test(part) ? Number(part) : part))];
  }
  return first === "requested_yuan" || first === "project_id" || first === "note" ? [first] : undefined;
}
