/** Bars that are lists of links: each opens what it counts. */
import type { ReactNode } from "react";
import { Link } from "react-router";
import { number } from "../format";

export interface Part {
  value: number;
  className: string;
  label: string;
}

export interface Bar {
  key: string;
  name: ReactNode;
  to: string;
  parts: readonly Part[];
  figure?: ReactNode;
}

interface BarsProps {
  bars: readonly Bar[];
  most?: number;
  /** Names are longer than those of regions and stages. */
  wide?: boolean;
}

export function Bars({ bars, most, wide = false }: BarsProps) {
  const top = most ?? Math.max(1, ...bars.map(total));
  return (
    <ul className={wide ? "bars bars-wide" : "bars"}>
      {bars.map((bar) => (
        <li key={bar.key}>
          <Link to={bar.to}>
            <span className="bar-name">{bar.name}</span>
            <span className="bar-track">
              {bar.parts.map((part) => (
                <Share key={part.className} part={part} share={part.value / top} />
              ))}
            </span>
            <span className="bar-figure">{bar.figure ?? number(total(bar))}</span>
          </Link>
        </li>
      ))}
    </ul>
  );
}

function Share({ part, share }: { part: Part; share: number }) {
  if (part.value <= 0) return null;
  return <span className={`bar-part ${part.className}`} title={part.label} style={{ width: `${Math.min(100, share * 100)}%` }} />;
}

function total(bar: Bar): number {
  return bar.parts.reduce((sum, part) => sum + part.value, 0);
}
