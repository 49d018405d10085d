/** A word in a colour; the colours of the component library are too pale to be read by everybody. */
import type { ReactNode } from "react";

export type Tone = "error" | "busy" | "success" | "warning" | "plain";

export function Mark({ tone = "plain", children }: { tone?: Tone | undefined; children: ReactNode }) {
  return <span className={`mark mark-${tone}`}>{children}</span>;
}
