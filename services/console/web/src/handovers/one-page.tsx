/** One handover with its two signatures; who was named to take over signs here what was read. */
import { ArrowLeftOutlined } from "@ant-design/icons";
import { useQueryClient } from "@tanstack/react-query";
import { App, Button } from "antd";
import { useState } from "react";
import { useNavigate, useParams } from "react-router";
import { alerts, ok } from "../api/client";
import { download } from "../api/download";
import { instant } from "../format";
import { useLanguage, useTexts } from "../i18n/language";
import { useOffices } from "../leader/data";
import { may } from "../session/rights";
import { useSession } from "../session/session";
import { FormDialog, said, type Field } from "../shell/form-dialog";
import { Fact, Panel } from "../shell/panel";
import { Loaded, sentence } from "../shell/states";
import { useHandover, useRosters, type Statement, type WholeHandover } from "./data";
import { HandoverMark } from "./list-page";
import { StatementParts } from "./statement";

const NOTE: readonly Field[] = [{ path: ["note"], label: "handover.takerNote", kind: "long", hint: "handover.takeHint" }];

export default function HandoverPage() {
  const { id = "" } = useParams();
  const query = useHandover(id);
  return (
    <div className="page page-narrow">
      <Loaded query={query} rows={10}>
        {(handover) => <One handover={handover} />}
      </Loaded>
    </div>
  );
}

function One({ handover }: { handover: WholeHandover }) {
  const t = useTexts();
  useLanguage();
  const { message } = App.useApp();
  const { me } = useSession();
  const navigate = useNavigate();
  const queries = useQueryClient();
  const offices = useOffices();
  const rosters = useRosters();
  const [signing, setSigning] = useState(false);
  const statement = handover.statement as Statement;
  const mine = handover.taken_at === null && me?.person_id === handover.taker_id && may(me, "handleAlerts");
  const save = () =>
    void download(`alerts/v1/duty-handovers/${handover.id}/export`, `handover-${handover.id}.json`).catch((error: unknown) => message.error(sentence(error)));
  const close = () => {
    setSigning(false);
    // Somebody may have been faster; what stands now is shown.
    void queries.invalidateQueries({ queryKey: ["handovers"] });
  };
  return (
    <>
      <div className="page-head">
        <Button type="text" icon={<ArrowLeftOutlined />} aria-label={t("action.back")} onClick={() => void navigate(-1)} />
        <h1>{rosters.name(handover.roster_code)}</h1>
        <HandoverMark handover={handover} />
      </div>
      <div className="acts" role="group" aria-label={t("alerts.acts")}>
        {mine && (
          <Button type="primary" onClick={() => setSigning(true)}>
            {t("handover.take")}
          </Button>
        )}
        <Button onClick={save}>{t("handover.export")}</Button>
      </div>
      <Panel id="handover-signatures" title={t("handover.signatures")}>
        <dl className="facts">
          <Fact name={t("handover.giver")}>{offices.person(handover.giver_id)}</Fact>
          <Fact name={t("handover.givenAt")}>{instant(handover.given_at)}</Fact>
          <Fact name={t("handover.taker")}>{offices.person(handover.taker_id)}</Fact>
          <Fact name={t("handover.takenAt")}>{instant(handover.taken_at)}</Fact>
          {statement.note && <Fact name={t("handover.note")}>{statement.note}</Fact>}
          {handover.taker_note && <Fact name={t("handover.takerNote")}>{handover.taker_note}</Fact>}
          <Fact name={t("trail.digest")}>
            <code className="secret">{handover.digest}</code>
          </Fact>
        </dl>
      </Panel>
      <StatementParts statement={statement} />
      {signing && (
        <FormDialog
          title={t("handover.take")}
          okText={t("handover.signAndTake")}
          fields={NOTE}
          done={t("handover.taken")}
          send={({ note }) =>
            ok(
              alerts.POST("/v1/duty-handovers/{handover_id}/acceptances", {
                params: { path: { handover_id: handover.id } },
                body: { digest: handover.digest, note: said(note) },
              }),
            )
          }
          onDone={close}
          onClose={close}
        />
      )}
    </>
  );
}
