/** Shifts handed over, the newest first; nothing of them ever changes. */
import { Button, Select } from "antd";
import { Link } from "react-router";
import { instant } from "../format";
import { useLanguage, useTexts } from "../i18n/language";
import { useOffices } from "../leader/data";
import { may } from "../session/rights";
import { useSession } from "../session/session";
import { useAddress } from "../shell/address";
import { Mark } from "../shell/mark";
import { Rows } from "../shell/rows";
import { useHandovers, useRosters, type Handover } from "./data";

export default function HandoversPage() {
  const t = useTexts();
  useLanguage();
  const { me } = useSession();
  const [search, setAddress] = useAddress();
  const offices = useOffices();
  const rosters = useRosters();
  const roster = search.get("roster") ?? "";
  const handovers = useHandovers(roster);
  return (
    <div className="page">
      <div className="page-head">
        <h1>{t("handover.title")}</h1>
        <div className="acts">
          {may(me, "handleAlerts") && (
            <Link to="/alerts/handovers/new">
              <Button type="primary">{t("handover.give")}</Button>
            </Link>
          )}
        </div>
      </div>
      <div className="filters">
        <Select
          allowClear
          className="filter-wide"
          aria-label={t("handover.roster")}
          placeholder={t("handover.roster")}
          value={roster || null}
          options={rosters.options}
          onChange={(value) => setAddress({ roster: value })}
        />
        <span className="page-note">{t("handover.hint")}</span>
      </div>
      <div className="panel panel-rows">
        <Rows<Handover>
          query={handovers}
          width={820}
          columns={[
            { title: t("handover.givenAt"), width: 160, render: (_, it) => <Link to={`/alerts/handovers/${it.id}`}>{instant(it.given_at)}</Link> },
            { title: t("handover.roster"), ellipsis: true, render: (_, it) => rosters.name(it.roster_code) },
            { title: t("handover.giver"), width: 150, ellipsis: true, render: (_, it) => offices.person(it.giver_id) },
            { title: t("handover.taker"), width: 150, ellipsis: true, render: (_, it) => offices.person(it.taker_id) },
            { title: t("handover.takenAt"), width: 160, render: (_, it) => instant(it.taken_at) },
            { title: t("orderly.state"), width: 110, render: (_, it) => <HandoverMark handover={it} /> },
          ]}
        />
      </div>
    </div>
  );
}

export function HandoverMark({ handover }: { handover: Pick<Handover, "taken_at"> }) {
  const t = useTexts();
  return handover.taken_at ? <Mark tone="success">{t("handover.taken")}</Mark> : <Mark tone="warning">{t("handover.waiting")}</Mark>;
}
