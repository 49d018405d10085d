/** Tables and charts of a bulletin as they are printed: every cell is the service's own text. */
import { useMemo } from "react";
import type { Projects } from "../api/client";
import { framed, LINE, look, type Point } from "../charts/look";
import { ShownChart } from "../charts/shown";
import { useDark } from "../shell/appearance";

type Table = Projects["schemas"]["PrintedTable"];
type Chart = Projects["schemas"]["PrintedChart"];

export function PrintedTable({ table }: { table: Table }) {
  const whole = table.heads.reduce((sum, head) => sum + head.share, 0) || 1;
  return (
    <figure className="printed">
      <figcaption>
        <strong>{table.caption}</strong>
        {table.unit && <small>{table.unit}</small>}
      </figcaption>
      <div className="printed-frame" tabIndex={0} role="region" aria-label={table.caption}>
        <table>
          <colgroup>
            {table.heads.map((head, column) => (
              <col key={column} style={{ width: `${(head.share / whole) * 100}%` }} />
            ))}
          </colgroup>
          <thead>
            <tr>
              {table.heads.map((head, column) => (
                <th key={column} scope="col" className={head.number ? "is-number" : ""}>
                  {head.text}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {table.rows.map((row, line) => (
              <tr key={line}>
                {row.map((cell, column) => (
                  <td key={column} className={table.heads[column]?.number ? "is-number" : ""}>
                    {cell}
                  </td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      {table.notes.map((note) => (
        <small key={note}>{note}</small>
      ))}
    </figure>
  );
}

const HEIGHT = 260;

export function PrintedChart({ chart }: { chart: Chart }) {
  const dark = useDark();
  const option = useMemo(() => {
    const { accent, watch, good, bad } = look(dark);
    const colours = [accent, watch, good, bad];
    const series = chart.lines.map((line, index) => ({
      ...(chart.form === "bars" ? { type: "bar", barMaxWidth: 28 } : { ...LINE, showSymbol: true }),
      name: line.name,
      itemStyle: { color: colours[index % colours.length] },
      data: chart.categories.map((category, place): Point => {
        const value = line.values[place];
        return [category, value === null || value === undefined ? null : Number(value)];
      }),
    }));
    return framed({ dark, series, unit: chart.unit, axis: "category", digits: chart.places });
  }, [chart, dark]);
  return (
    <figure className="printed">
      <ShownChart option={option} height={HEIGHT} label={chart.caption} />
      <figcaption className="printed-below">
        <strong>{chart.caption}</strong>
      </figcaption>
    </figure>
  );
}
