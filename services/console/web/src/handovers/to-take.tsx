/** Shifts that wait for the reader's signature. */
import { Link } from "react-router";
import { instant } from "../format";
import { useLanguage, useTexts } from "../i18n/language";
import { useOffices } from "../leader/data";
import { useSession } from "../session/session";
import { Mark } from "../shell/mark";
import { Panel } from "../shell/panel";
import { useRosters, useShiftsToTake, type Handover } from "./data";

/** Nothing where there is none. */
export function ShiftsToTake() {
  const { me } = useSession();
  const waiting = useShiftsToTake(me);
  return waiting.data?.length ? <Waiting handovers={waiting.data} /> : null;
}

function Waiting({ handovers }: { handovers: readonly Handover[] }) {
  const t = useTexts();
  useLanguage();
  const offices = useOffices();
  const rosters = useRosters();
  return (
    <Panel id="shifts" title={t("handover.toTake")}>
      <ul className="cards">
        {handovers.map((it) => (
          <li key={it.id}>
            <Link to={`/alerts/handovers/${it.id}`}>
              <span>
                <Mark tone="warning">{t("handover.waiting")}</Mark> <small>{instant(it.given_at)}</small>
              </span>
              <strong>{rosters.name(it.roster_code)}</strong>
              <small>{t("handover.from", { who: offices.person(it.giver_id) })}</small>
            </Link>
          </li>
        ))}
      </ul>
    </Panel>
  );
}
