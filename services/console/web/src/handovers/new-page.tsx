/** A shift is given: what stands open is read, the next is named, and the giver signs. */
import { ArrowLeftOutlined } from "@ant-design/icons";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { Alert, App, Button, Form, Input, Select } from "antd";
import { useNavigate } from "react-router";
import { alerts, ok } from "../api/client";
import { instant } from "../format";
import { useLanguage, useTexts } from "../i18n/language";
import { useOffices } from "../leader/data";
import { useSession } from "../session/session";
import { useAddress } from "../shell/address";
import { Panel } from "../shell/panel";
import { Failure, Loaded } from "../shell/states";
import { usePreview, useRosters } from "./data";
import { StatementParts } from "./statement";

interface Typed {
  taker: string;
  note?: string;
}

export default function NewHandoverPage() {
  const t = useTexts();
  useLanguage();
  const navigate = useNavigate();
  const { me } = useSession();
  const [search, setAddress] = useAddress();
  const rosters = useRosters();
  // Where there is but one, nobody need choose it.
  const only = rosters.options.length === 1 ? rosters.options[0]?.value : undefined;
  const roster = search.get("roster") ?? only ?? "";
  const preview = usePreview(roster);
  return (
    <div className="page page-narrow">
      <div className="page-head">
        <Button type="text" icon={<ArrowLeftOutlined />} aria-label={t("action.back")} onClick={() => void navigate(-1)} />
        <h1>{t("handover.give")}</h1>
      </div>
      {!me?.person_id && <Alert className="gap-below" showIcon type="warning" title={t("handover.nobody")} />}
      <Loaded query={rosters.query}>
        {(known) =>
          known.length === 0 ? (
            <Alert showIcon type="info" title={t("handover.noRoster")} />
          ) : (
            <div className="filters">
              <Select
                className="filter-wide"
                aria-label={t("handover.roster")}
                placeholder={t("handover.roster")}
                value={roster || null}
                options={rosters.options}
                onChange={(value) => setAddress({ roster: value })}
              />
              {preview.data?.at && <span className="page-note">{t("handover.asOf", { at: instant(preview.data.at) })}</span>}
            </div>
          )
        }
      </Loaded>
      {roster && (
        <>
          <Loaded query={preview} rows={8}>
            {(statement) => <StatementParts statement={statement} />}
          </Loaded>
          {me?.person_id && <Signing roster={roster} giver={me.person_id} />}
        </>
      )}
    </div>
  );
}

function Signing({ roster, giver }: { roster: string; giver: string }) {
  const t = useTexts();
  const navigate = useNavigate();
  const queries = useQueryClient();
  const offices = useOffices();
  const { message } = App.useApp();
  const mutation = useMutation({
    retry: false,
    mutationFn: ({ taker, note }: Typed) => ok(alerts.POST("/v1/duty-handovers", { body: { roster_code: roster, taker_id: taker, note: note?.trim() ?? "", doctor: [] } })),
    onSuccess: (given) => {
      void message.success(t("handover.given"));
      void queries.invalidateQueries({ queryKey: ["handovers"] });
      void navigate(`/alerts/handovers/${given.id}`, { replace: true });
    },
  });
  return (
    <Panel id="handover-signing" title={t("handover.sign")}>
      {mutation.error && (
        <div className="gap-below">
          <Failure error={mutation.error} />
        </div>
      )}
      <Form<Typed> name="handover" layout="vertical" requiredMark={false} onFinish={(typed) => mutation.mutate(typed)}>
        <Form.Item name="taker" label={t("handover.taker")} rules={[{ required: true, message: t("form.required") }]}>
          <Select showSearch={{ optionFilterProp: "label" }} options={offices.people.filter((it) => it.value !== giver)} />
        </Form.Item>
        <Form.Item name="note" label={t("handover.note")} extra={t("handover.noteHint")}>
          <Input.TextArea rows={3} maxLength={4000} />
        </Form.Item>
        <Button type="primary" htmlType="submit" loading={mutation.isPending}>
          {t("handover.signAndGive")}
        </Button>
      </Form>
    </Panel>
  );
}
