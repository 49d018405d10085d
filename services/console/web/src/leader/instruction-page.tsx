/** One instruction, from the leader's words until it is closed. */
import { ArrowLeftOutlined } from "@ant-design/icons";
import { useQueryClient } from "@tanstack/react-query";
import { App, Button, Timeline } from "antd";
import { useState } from "react";
import { Link, useNavigate, useParams } from "react-router";
import { ok, projects } from "../api/client";
import { download } from "../api/download";
import { instant } from "../format";
import { term, useLanguage, useTexts } from "../i18n/language";
import type { Key } from "../i18n/zh-CN";
import { may } from "../session/rights";
import { useSession, type Principal } from "../session/session";
import { FormDialog, said, type Field, type Typed } from "../shell/form-dialog";
import { Mark } from "../shell/mark";
import { Fact, Panel } from "../shell/panel";
import { Loaded, sentence } from "../shell/states";
import { DUTY_TONES, useInstruction, useOffices, type Extension, type OpenedInstruction } from "./data";
import { isLate } from "./instructions-page";

type Act = "feedback" | "report" | "extension" | "remind" | "close" | "return";
type Opened = NonNullable<ReturnType<typeof useInstruction>["data"]>;

export default function InstructionPage() {
  const { id = "" } = useParams();
  const query = useInstruction(id);
  return (
    <div className="page page-narrow">
      <Loaded query={query} rows={10}>
        {(opened) => <One opened={opened} />}
      </Loaded>
    </div>
  );
}

function One({ opened }: { opened: Opened }) {
  const t = useTexts();
  useLanguage();
  const { message } = App.useApp();
  const { me } = useSession();
  const navigate = useNavigate();
  const offices = useOffices();
  const queries = useQueryClient();
  const [doing, setDoing] = useState<Act>();
  const { instruction, tag } = opened;
  const acts = actsFor(instruction, me);
  const refresh = () => void queries.invalidateQueries({ queryKey: ["instructions"] });
  const slip = () =>
    void download(`projects/v1/instructions/${instruction.id}/slip`, `duban-${instruction.number}.docx`).catch((error: unknown) => message.error(sentence(error)));
  return (
    <>
      <div className="page-head">
        <Button type="text" icon={<ArrowLeftOutlined />} aria-label={t("action.back")} onClick={() => void navigate(-1)} />
        <h1>{instruction.printed_number}</h1>
        <Mark tone={DUTY_TONES[instruction.status]}>{term("duty", instruction.status)}</Mark>
      </div>
      <div className="acts" role="group" aria-label={t("alerts.acts")}>
        {acts.map((act, index) => (
          <Button key={act} type={index === 0 ? "primary" : "default"} onClick={() => setDoing(act)}>
            {term("instruction.act", act)}
          </Button>
        ))}
        <Button onClick={slip}>{t("instruction.slip")}</Button>
      </div>
      <Panel id="instruction-words" title={t("instruct.text")}>
        <p className="instruction-words">{instruction.text}</p>
        <dl className="facts">
          <Fact name={t("instruction.about")}>
            <About instruction={instruction} />
          </Fact>
          <Fact name={t("instruction.by")}>{offices.person(instruction.instructed_by_person_id)}</Fact>
          <Fact name={t("instruct.lead")}>{offices.unit(instruction.lead_unit_id)}</Fact>
          <Fact name={t("instruct.assisting")}>{instruction.assisting_unit_ids.map(offices.unit).join("、") || "–"}</Fact>
          <Fact name={t("instruct.owner")}>{offices.person(instruction.owner_person_id)}</Fact>
          <Fact name={t("instruction.issued")}>{instruction.issued_on}</Fact>
          <Fact name={t("problems.due")}>
            <span className={isLate(instruction) ? "late" : undefined}>{instruction.due_on}</span>
          </Fact>
          {instruction.resolution && <Fact name={t("instruction.resolution")}>{instruction.resolution}</Fact>}
          {instruction.closing_note && <Fact name={t("instruction.closing")}>{instruction.closing_note}</Fact>}
        </dl>
      </Panel>
      <Extensions opened={opened} onDone={refresh} />
      <Panel id="instruction-course" title={t("instruction.course")}>
        <Timeline
          items={opened.steps.toReversed().map((step) => ({
            key: step.version,
            content: (
              <div className="chapter">
                <time dateTime={step.at}>{instant(step.at)}</time>
                <strong>
                  {term("instruction.step", step.action)} · {step.actor_person_id ? offices.person(step.actor_person_id) : term("role", step.actor_role)}
                </strong>
                <span>{step.note}</span>
              </div>
            ),
          }))}
        />
      </Panel>
      {doing && (
        <FormDialog
          title={t(`instruction.act.${doing}` as Key)}
          okText={t(`instruction.act.${doing}` as Key)}
          fields={FIELDS[doing]}
          done={t("instruction.done")}
          send={(typed) => carryOut(instruction.id, tag, doing, typed)}
          onDone={() => {
            setDoing(undefined);
            refresh();
          }}
          onClose={() => {
            setDoing(undefined);
            // Somebody may have been faster; what stands now is shown.
            refresh();
          }}
        />
      )}
    </>
  );
}

function About({ instruction }: { instruction: OpenedInstruction }) {
  const { subject_type: type, subject_id: id, subject_name: name, project_id: project } = instruction;
  if (type === "alert" && id) return <Link to={`/alerts/${id}`}>{name}</Link>;
  return project ? <Link to={`/projects/${project}`}>{name}</Link> : <>{name}</>;
}

/** Who asked for more time, and what was said to it. */
function Extensions({ opened, onDone }: { opened: Opened; onDone: () => void }) {
  const t = useTexts();
  const { me } = useSession();
  const [deciding, setDeciding] = useState<{ request: Extension; approved: boolean }>();
  const { instruction, tag, extensions } = opened;
  if (extensions.length === 0) return null;
  return (
    <Panel id="extensions" title={t("instruction.extensions")}>
      <ul className="cards">
        {extensions.map((request) => (
          <li key={request.id}>
            <div>
              <span>
                <Mark tone={request.status === "pending" ? "warning" : "plain"}>{term("extension", request.status)}</Mark>
                {t("instruction.until", { on: request.until })}
              </span>
              <span>{request.reason}</span>
              {request.decision_note && <small>{request.decision_note}</small>}
              {request.status === "pending" && decides(instruction, me) && (
                <span className="card-acts">
                  <Button type="primary" size="small" onClick={() => setDeciding({ request, approved: true })}>
                    {t("instruction.grant")}
                  </Button>
                  <Button size="small" onClick={() => setDeciding({ request, approved: false })}>
                    {t("instruction.deny")}
                  </Button>
                </span>
              )}
            </div>
          </li>
        ))}
      </ul>
      {deciding && (
        <FormDialog
          title={t(deciding.approved ? "instruction.grant" : "instruction.deny")}
          okText={t(deciding.approved ? "instruction.grant" : "instruction.deny")}
          fields={NOTE}
          start={{ note: t(deciding.approved ? "instruction.granted" : "instruction.denied") }}
          done={t("instruction.done")}
          send={({ note }) => {
            const named = { params: { path: { instruction_id: instruction.id, extension_id: deciding.request.id } }, headers: { "If-Match": tag }, body: { note: said(note) } };
            return deciding.approved
              ? ok(projects.POST("/v1/instructions/{instruction_id}/extension-requests/{extension_id}/approval", named))
              : ok(projects.POST("/v1/instructions/{instruction_id}/extension-requests/{extension_id}/refusal", named));
          }}
          onDone={() => {
            setDeciding(undefined);
            onDone();
          }}
          onClose={() => setDeciding(undefined)}
        />
      )}
    </Panel>
  );
}

const NOTE: readonly Field[] = [{ path: ["note"], label: "instruction.note", kind: "long", required: true }];
const FIELDS: Record<Act, readonly Field[]> = {
  feedback: NOTE,
  remind: NOTE,
  close: NOTE,
  report: [{ path: ["report"], label: "instruction.resolution", kind: "long", required: true }],
  extension: [
    { path: ["until"], label: "instruction.newDue", kind: "date", required: true },
    { path: ["reason"], label: "instruction.reason", kind: "long", required: true },
  ],
  return: [
    { path: ["reason"], label: "instruction.reason", kind: "long", required: true },
    { path: ["working_days"], label: "instruct.days", kind: "number", least: 1, most: 500, digits: 0, hint: "instruction.daysHint" },
  ],
};

function carryOut(id: string, tag: string, act: Act, typed: Typed): Promise<unknown> {
  const named = { params: { path: { instruction_id: id } }, headers: { "If-Match": tag } };
  const note = said(typed.note);
  const reason = said(typed.reason);
  switch (act) {
    case "feedback":
      return ok(projects.POST("/v1/instructions/{instruction_id}/feedback", { ...named, body: { note } }));
    case "remind":
      return ok(projects.POST("/v1/instructions/{instruction_id}/reminders", { ...named, body: { note } }));
    case "report":
      return ok(projects.POST("/v1/instructions/{instruction_id}/completion-report", { ...named, body: { report: said(typed.report) } }));
    case "extension":
      return ok(projects.POST("/v1/instructions/{instruction_id}/extension-requests", { ...named, body: { until: said(typed.until), reason } }));
    case "close":
      return ok(projects.POST("/v1/instructions/{instruction_id}/closing", { ...named, body: { note } }));
    case "return":
      return ok(
        projects.POST("/v1/instructions/{instruction_id}/return", { ...named, body: { reason, ...(typed.working_days !== undefined && { working_days: Number(typed.working_days) }) } }),
      );
  }
}

/** Who instructed, or who may in the leader's place. */
function decides(instruction: OpenedInstruction, me: Principal | undefined): boolean {
  if (!me) return false;
  const persons = [instruction.instructed_by_person_id, ...instruction.deputies.map((it) => it.person_id)];
  return instruction.created_by === me.subject || (me.person_id !== null && persons.includes(me.person_id));
}

/** What can be done now, the next step first. */
function actsFor(instruction: OpenedInstruction, me: Principal | undefined): Act[] {
  const gives = decides(instruction, me);
  if (!may(me, "handleInstructions")) return [];
  if (instruction.status === "resolved") return gives ? ["close", "return"] : [];
  if (instruction.status === "closed") return [];
  return gives ? ["remind", "feedback", "report"] : ["feedback", "report", "extension", "remind"];
}
