/** A part of a page with a heading. */
import type { ReactNode } from "react";

interface PanelProps {
  title: ReactNode;
  extra?: ReactNode;
  children: ReactNode;
  className?: string;
  /** Of the heading, so that the part can be named by it. */
  id?: string;
}

export function Panel({ title, extra, children, className, id }: PanelProps) {
  return (
    <section className={`panel ${className ?? ""}`} aria-labelledby={id}>
      <header className="panel-head">
        <h2 id={id}>{title}</h2>
        {extra && <div className="panel-extra">{extra}</div>}
      </header>
      <div className="panel-body">{children}</div>
    </section>
  );
}

/** A name with a value below it. */
export function Fact({ name, children }: { name: string; children: ReactNode }) {
  return (
    <div className="fact">
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}
