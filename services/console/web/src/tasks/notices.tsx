/** Papers that somebody is to know of: opened, and signed for with one press. */
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { App, Button } from "antd";
import { Link } from "react-router";
import { alerts, ok, type Alerts } from "../api/client";
import { instant } from "../format";
import { inLanguage, useLanguage, useTexts } from "../i18n/language";
import { Mark } from "../shell/mark";
import { Panel } from "../shell/panel";
import { sentence } from "../shell/states";
import { useSession } from "../session/session";

type OwnNotice = Alerts["schemas"]["OwnNotice"];

export function useNoticesToMe() {
  const { me } = useSession();
  return useQuery({
    queryKey: ["notices", me?.subject],
    enabled: Boolean(me?.person_id),
    refetchInterval: 60_000,
    queryFn: async () => (await ok(alerts.GET("/v1/notices/mine", {}))).items.filter(isWaitedFor),
  });
}

function isWaitedFor({ notice, receipt }: OwnNotice): boolean {
  return notice.status === "open" && (notice.needs_confirmation ? !receipt.confirmed_at : !receipt.read_at);
}

/** Nothing where there is nothing to sign for. */
export function NoticesToMe() {
  const t = useTexts();
  useLanguage();
  const notices = useNoticesToMe();
  const queries = useQueryClient();
  const { message } = App.useApp();
  const sign = useMutation({
    mutationFn: ({ notice }: OwnNotice) => {
      const named = { params: { path: { notice_id: notice.id } } };
      return notice.needs_confirmation ? ok(alerts.POST("/v1/notices/{notice_id}/confirmations", named)) : ok(alerts.POST("/v1/notices/{notice_id}/reads", named));
    },
    onSuccess: () => queries.invalidateQueries({ queryKey: ["notices"] }),
    onError: (error) => void message.error(sentence(error)),
  });
  if (!notices.data?.length) return null;
  return (
    <Panel id="notices" title={t("notices.title")}>
      <ul className="cards">
        {notices.data.map((own) => (
          <li key={own.notice.id} className="card-row">
            <NoticeWords own={own} />
            <Button type="primary" loading={sign.isPending && sign.variables.notice.id === own.notice.id} onClick={() => sign.mutate(own)}>
              {t(own.notice.needs_confirmation ? "notices.confirm" : "notices.read")}
            </Button>
          </li>
        ))}
      </ul>
    </Panel>
  );
}

function NoticeWords({ own: { notice } }: { own: OwnNotice }) {
  const t = useTexts();
  const inside = (
    <>
      <span>
        <Mark>{t("notices.paper")}</Mark>
        {notice.confirm_by && <small className={notice.overdue_at ? "late" : undefined}>{t("notices.by", { at: instant(notice.confirm_by) })}</small>}
      </span>
      <strong>{inLanguage(notice.title_zh, notice.title_en)}</strong>
      <small className="clamped">{inLanguage(notice.text_zh, notice.text_en)}</small>
    </>
  );
  return notice.source_type === "bulletin" && notice.source_id ? <Link to={`/year/bulletins/${notice.source_id}`}>{inside}</Link> : <div>{inside}</div>;
}
