/** Ten thousand rows of which those in view exist; driven by the keyboard or the finger. */
import { useVirtualizer } from "@tanstack/react-virtual";
import { useEffect, useId, useRef } from "react";
import { useNavigate } from "react-router";
import { useRegions } from "../api/regions";
import { ago, instant } from "../format";
import { inLanguage, term, useLanguage, useTexts } from "../i18n/language";
import { useNarrow } from "../shell/online";
import { SeverityMark, StageMark } from "./marks";
import type { AlertLine } from "./model";

interface AlertListProps {
  lines: readonly AlertLine[];
  active: number;
  onActive: (index: number) => void;
  chosen: ReadonlySet<string>;
  onChoose: (id: string) => void;
  onKey: (key: string) => void;
}

const KEYS = new Set(["a", "Escape", "x", "h", "?", "/"]);

export function AlertList({ lines, active, onActive, chosen, onChoose, onKey }: AlertListProps) {
  const t = useTexts();
  const navigate = useNavigate();
  const narrow = useNarrow();
  const base = useId();
  const pane = useRef<HTMLDivElement>(null);
  const rows = useVirtualizer({
    count: lines.length,
    getScrollElement: () => pane.current,
    estimateSize: () => (narrow ? 112 : 46),
    getItemKey: (index) => lines[index]?.id ?? index,
    overscan: 12,
  });
  useEffect(() => rows.measure(), [narrow, rows]);
  const move = (to: number) => {
    const index = Math.max(0, Math.min(lines.length - 1, to));
    onActive(index);
    rows.scrollToIndex(index);
  };
  const press = (event: React.KeyboardEvent) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const steps: Record<string, number> = { j: 1, ArrowDown: 1, k: -1, ArrowUp: -1, PageDown: 12, PageUp: -12 };
    const step = steps[event.key];
    const line = lines[active];
    if (step !== undefined) move(active + step);
    else if (event.key === "Home") move(0);
    else if (event.key === "End") move(lines.length - 1);
    else if (event.key === "Enter" && line) void navigate(`/alerts/${line.id}`);
    else if (KEYS.has(event.key)) onKey(event.key);
    else return;
    event.preventDefault();
  };
  return (
    <div className="alert-list">
      <div className="alert-row alert-head" aria-hidden>
        <span />
        <span>{t("alerts.severity")}</span>
        <span>{t("alerts.number")}</span>
        <span>{t("alerts.title")}</span>
        <span>{t("alerts.region")}</span>
        <span>{t("alerts.stage")}</span>
        <span>{t("alerts.level")}</span>
        <span>{t("alerts.promised")}</span>
        <span>{t("alerts.since")}</span>
      </div>
      <div
        ref={pane}
        className="alert-pane"
        role="listbox"
        aria-multiselectable
        aria-label={t("alerts.list")}
        tabIndex={0}
        {...(lines[active] && { "aria-activedescendant": `${base}-${active}` })}
        onKeyDown={press}
      >
        <div className="alert-space" role="presentation" ref={(element) => void element?.style.setProperty("height", `${rows.getTotalSize()}px`)}>
          {rows.getVirtualItems().map((row) => {
            const line = lines[row.index];
            return (
              line && (
                <Row
                  key={row.key}
                  id={`${base}-${row.index}`}
                  line={line}
                  top={row.start}
                  position={row.index + 1}
                  total={lines.length}
                  isActive={row.index === active}
                  isChosen={chosen.has(line.id)}
                  onOpen={() => void navigate(`/alerts/${line.id}`)}
                  onTouch={() => onActive(row.index)}
                  onChoose={() => onChoose(line.id)}
                />
              )
            );
          })}
        </div>
      </div>
    </div>
  );
}

interface RowProps {
  id: string;
  line: AlertLine;
  top: number;
  position: number;
  total: number;
  isActive: boolean;
  isChosen: boolean;
  onOpen: () => void;
  onTouch: () => void;
  onChoose: () => void;
}

function Row({ id, line, top, position, total, isActive, isChosen, onOpen, onTouch, onChoose }: RowProps) {
  const t = useTexts();
  useLanguage();
  const regions = useRegions();
  const title = inLanguage(line.title_zh, line.title_en);
  return (
    <div
      id={id}
      role="option"
      aria-selected={isChosen}
      aria-setsize={total}
      aria-posinset={position}
      className={`alert-row alert-line ${isActive ? "is-active" : ""} ${isChosen ? "is-chosen" : ""}`}
      style={{ transform: `translateY(${top}px)` }}
      onClick={onOpen}
      onMouseDown={onTouch}
    >
      <span
        className="alert-choose"
        aria-hidden
        onClick={(event) => {
          event.stopPropagation();
          onChoose();
        }}
      >
        <span className={`tick ${isChosen ? "is-ticked" : ""}`} />
      </span>
      <span className="alert-severity">
        <SeverityMark severity={line.severity} />
      </span>
      <span className="alert-number">#{line.number}</span>
      <span className="alert-title" title={title}>
        {title}
        {line.muted_by?.length ? <em>{t("alerts.muted")}</em> : null}
      </span>
      <span className="alert-region">{regions.name(line.region_code)}</span>
      <span className="alert-stage">
        <StageMark stage={line.stage} />
      </span>
      <span className="alert-level">{line.escalation_level ? t("alerts.levelOf", { n: line.escalation_level }) : "–"}</span>
      <span className="alert-promise">{line.promised_at ? instant(line.promised_at) : "–"}</span>
      <span className="alert-since" title={instant(line.occurred_at)}>
        {line.occurred_at ? ago(line.occurred_at) : term("", "")}
      </span>
    </div>
  );
}
