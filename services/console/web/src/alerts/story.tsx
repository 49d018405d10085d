/** The story of an alert: reading → detection → notifications → escalation → trail, oldest first. */
import { useQuery } from "@tanstack/react-query";
import { Timeline } from "antd";
import { useState } from "react";
import { alerts, ok, type Alerts } from "../api/client";
import { instant, number } from "../format";
import { term, text, useTexts } from "../i18n/language";
import { Loaded } from "../shell/states";

type Chapter = Alerts["schemas"]["ChapterRead"];

const COLOURS: Record<string, string> = {
  reading: "gray",
  detection: "orange",
  trail: "blue",
  notification: "purple",
  delivery: "green",
  receipt: "gray",
};
const FIRST = 40;

export function Story({ id }: { id: string }) {
  const t = useTexts();
  const [all, setAll] = useState(false);
  const story = useQuery({
    queryKey: ["alert", id, "story"],
    queryFn: () => ok(alerts.GET("/v1/alerts/{alert_id}/story", { params: { path: { alert_id: id } } })),
  });
  return (
    <Loaded query={story} empty={({ items }) => items.length === 0}>
      {({ items }) => (
        <>
          <Timeline
            items={gathered(all ? items : items.slice(0, FIRST)).map((chapters, index) => ({
              key: index,
              color: colourOf(chapters[0]),
              content: <Chapters chapters={chapters} />,
            }))}
          />
          {!all && items.length > FIRST && (
            <a role="button" tabIndex={0} onClick={() => setAll(true)}>
              {t("story.more", { n: items.length - FIRST })}
            </a>
          )}
        </>
      )}
    </Loaded>
  );
}

type Together = readonly [Chapter, ...Chapter[]];

/** What happened to several at one moment is told once, with all of them. */
function gathered(chapters: readonly Chapter[]): Together[] {
  const groups: [Chapter, ...Chapter[]][] = [];
  for (const chapter of chapters) {
    const [last] = groups.at(-1) ?? [];
    if (last?.at === chapter.at && last.part === chapter.part && last.kind === chapter.kind) groups.at(-1)?.push(chapter);
    else groups.push([chapter]);
  }
  return groups;
}

function colourOf({ part, kind }: Chapter): string {
  return part === "delivery" && kind !== "delivered" ? "red" : (COLOURS[part] ?? "gray");
}

function Chapters({ chapters }: { chapters: Together }) {
  const t = useTexts();
  const [first] = chapters;
  return (
    <div className="chapter">
      <time dateTime={first.at}>{instant(first.at, true)}</time>
      <strong>
        {t(`part.${first.part}` as "part.trail")} · {term("chapter", first.kind)}
      </strong>
      {chapters.map((chapter, index) => {
        const words = said(chapter.facts);
        return words && <span key={index}>{words}</span>;
      })}
    </div>
  );
}

/** The facts that people look for, in one line; the rest is in the trail. */
function said(facts: Record<string, unknown>): string {
  const parts: string[] = [];
  const put = (value: unknown, words: (it: string) => string) => {
    if (typeof value === "string" && value) parts.push(words(value));
  };
  const figure = (value: unknown) => number(value as number, 1);
  if (typeof facts.value_kw === "number") {
    const usual = `${figure(facts.expected_low_kw)}–${figure(facts.expected_high_kw)} kW`;
    parts.push(`${figure(facts.value_kw)} kW${text("list.brackets", { value: usual })}`);
  }
  put(facts.meter_no, (it) => it);
  put(facts.name, (it) => it);
  put(facts.channel_kind, (it) => term("channel", it));
  put(facts.target, (it) => it);
  put(facts.actor, (it) => (it === "system" ? "" : it.replace(/^(account|person):/, "")));
  put(facts.note, (it) => `“${it}”`);
  put(facts.text, (it) => `“${it}”`);
  put(facts.reason, (it) => term("chapter", it));
  put(facts.promised_at, (it) => `→ ${instant(it)}`);
  put(facts.last_error, (it) => it);
  return parts.filter(Boolean).join(" · ");
}
