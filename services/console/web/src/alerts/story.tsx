/** The story of an alert: reading → detection → notifications → escalation → trail, oldest first. */
import { useQuery } from "@tanstack/react-query";
import { Timeline } from "antd";
import { useState } from "react";
import { alerts, ok, type Alerts } from "../api/client";
import { instant, number } from "../format";
import { term, useTexts } from "../i18n/language";
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
            items={(all ? items : items.slice(0, FIRST)).map((chapter, index) => ({
              key: index,
              color: chapter.part === "delivery" && chapter.kind !== "delivered" ? "red" : (COLOURS[chapter.part] ?? "gray"),
              content: <ChapterView chapter={chapter} />,
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

function ChapterView({ chapter }: { chapter: Chapter }) {
  const t = useTexts();
  return (
    <div className="chapter">
      <time dateTime={chapter.at}>{instant(chapter.at, true)}</time>
      <strong>
        {t(`part.${chapter.part}` as "part.trail")} · {term("chapter", chapter.kind)}
      </strong>
      <span>{said(chapter.facts)}</span>
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
    parts.push(`${figure(facts.value_kw)} kW（${figure(facts.expected_low_kw)}–${figure(facts.expected_high_kw)} kW）`);
  }
  put(facts.meter_no, (it) => it);
  put(facts.name, (it) => it);
  put(facts.channel_kind, (it) => term("channel", it));
  put(facts.target, (it) => it);
  put(facts.actor, (it) => it.replace(/^(account|person):/, ""));
  put(facts.note, (it) => `“${it}”`);
  put(facts.text, (it) => `“${it}”`);
  put(facts.reason, (it) => it);
  put(facts.promised_at, (it) => `→ ${instant(it)}`);
  put(facts.last_error, (it) => it);
  return parts.join(" · ");
}
