/** What an inspector saw on the site: how far the works are, in words, in pictures. Kept first, then sent. */
import { CameraOutlined, DeleteOutlined } from "@ant-design/icons";
import { useQuery } from "@tanstack/react-query";
import { Alert as Notice, App, Button, DatePicker, Form, Input, InputNumber, Modal, Radio, Select } from "antd";
import dayjs, { type Dayjs } from "dayjs";
import { useEffect, useId, useMemo, useState } from "react";
import { ok, projects, randomId, type Projects } from "../api/client";
import { today } from "../clock";
import { useTexts } from "../i18n/language";
import { useOnline } from "../shell/online";
import { fileStep, outbox, postStep } from "./outbox";
import { shrunk } from "./photo";
import type { Step, Waiting } from "./store";

export interface Named {
  id: string;
  name: string;
}

type Check = Projects["schemas"]["services__projects__cadences__schemas__checks__CheckRead"];
type Question = Check["questions"][number];

/** A report that a regime of checks asks for, of a period. */
export type Asked = Pick<Check, "id" | "period" | "first_on" | "last_on" | "requires" | "questions">;

interface Photo {
  key: string;
  name: string;
  file: Blob;
}

export interface Reported {
  project: Named;
  check: Asked | undefined;
  on: string;
  percent: number | null;
  note: string;
  /** Completed in the period's last month, in whole yuan. */
  invested: string | null;
  answers: Answers;
  photos: Photo[];
}

type Answers = Record<string, string | number | boolean>;

interface Typed {
  project: string;
  on: Dayjs;
  percent: number | null;
  note?: string;
  invested?: string | null;
  answers?: Record<string, string | number | boolean | null | undefined>;
}

interface ReportDialogProps {
  project?: Named | undefined;
  check?: Asked | undefined;
  /** What was refused and is mended. */
  mended?: Waiting;
  onClose: () => void;
}

const MOST_PHOTOS = 9;
/** Works are under way in these. */
const BUILT = "started,completed,in_production";

export function ReportDialog({ project, check, mended, onClose }: ReportDialogProps) {
  const t = useTexts();
  const { message } = App.useApp();
  const online = useOnline();
  const [form] = Form.useForm<Typed>();
  const before = mended?.typed as Reported | undefined;
  const about = before?.project ?? project;
  const asked = before?.check ?? check;
  const [photos, setPhotos] = useState<readonly Photo[]>(before?.photos ?? []);
  const choices = useReportable(about === undefined);
  // The words are with the service already; only pictures are left to send.
  const isTold = mended?.steps[0]?.done ?? false;
  const demanded = (needed: boolean) => (needed ? [{ required: true, message: t("form.required") }] : []);
  const keep = async ({ project: id, on, percent, note, invested, answers }: Typed) => {
    const named = about ?? choices.find((it) => it.id === id);
    if (!named) return;
    const reported: Reported = {
      project: named,
      check: asked,
      on: on.format("YYYY-MM-DD"),
      percent,
      note: note?.trim() ?? "",
      invested: invested ?? null,
      answers: Object.fromEntries(Object.entries(answers ?? {}).filter(([, said]) => said !== null && said !== undefined && said !== "")) as Answers,
      photos: [...photos],
    };
    const title = asked ? `${named.name} · ${asked.period}` : named.name;
    await outbox.add({ id: mended?.id, kind: asked ? "check" : "progress", title, typed: reported, steps: stepsOf(reported, mended) });
    void message.info(t(online ? "outbox.sending" : "outbox.kept"));
    onClose();
  };
  return (
    <Modal open title={t(asked ? "report.check" : "report.title")} okText={t("report.send")} cancelText={t("action.cancel")} onOk={() => form.submit()} onCancel={onClose}>
      {!online && <Notice className="gap-below" type="info" showIcon title={t("report.offline")} />}
      {mended?.fault && <Notice role="alert" className="gap-below" type="error" showIcon title={mended.fault} />}
      <Form<Typed>
        form={form}
        layout="vertical"
        requiredMark={false}
        disabled={isTold}
        initialValues={{
          project: about?.id,
          on: dayjs(before?.on ?? lastDay(asked)),
          percent: before?.percent ?? null,
          note: before?.note ?? "",
          invested: before?.invested ?? null,
          answers: before?.answers ?? {},
        }}
        onFinish={(typed) => void keep(typed)}
      >
        <Form.Item name="project" label={t("report.project")} rules={[{ required: true, message: t("form.required") }]}>
          <Select
            disabled={about !== undefined}
            showSearch={{ optionFilterProp: "label" }}
            options={(about ? [about] : choices).map(({ id, name }) => ({ value: id, label: name }))}
          />
        </Form.Item>
        <div className="form-row">
          <Form.Item name="on" label={t("report.on")} rules={[{ required: true, message: t("form.required") }]}>
            <DatePicker className="full" allowClear={false} inputReadOnly maxDate={dayjs(lastDay(asked))} {...(asked && { minDate: dayjs(asked.first_on) })} />
          </Form.Item>
          <Form.Item name="percent" label={t("report.percent")} rules={demanded(!asked || asked.requires.includes("progress"))}>
            <InputNumber className="full" min={0} max={100} precision={2} inputMode="decimal" suffix="%" />
          </Form.Item>
        </div>
        {asked?.requires.includes("investment") && (
          <Form.Item name="invested" label={t("report.invested", { month: asked.last_on.slice(0, 7) })}>
            <InputNumber stringMode className="full" min="0" precision={0} inputMode="numeric" suffix={t("unit.yuan")} />
          </Form.Item>
        )}
        <Form.Item name="note" label={t("report.note")} rules={demanded(asked?.requires.includes("narrative") ?? false)}>
          <Input.TextArea rows={3} maxLength={2000} />
        </Form.Item>
        {asked?.questions.map((question) => (
          <Form.Item key={question.code} name={["answers", question.code]} label={question.text} rules={demanded(question.required ?? false)}>
            {answerControl(question, t)}
          </Form.Item>
        ))}
      </Form>
      <Photos photos={photos} onChange={setPhotos} />
    </Modal>
  );
}

/** The last day that can be reported on: no day of tomorrow, none after the period. */
function lastDay(asked: Asked | undefined): string {
  const day = today();
  return asked && asked.last_on < day ? asked.last_on : day;
}

function answerControl({ kind, options }: Question, t: ReturnType<typeof useTexts>) {
  switch (kind) {
    case "number":
      return <InputNumber className="full" inputMode="decimal" />;
    case "yes_no":
      return <Radio.Group options={[{ value: true, label: t("report.yes") }, { value: false, label: t("report.no") }]} />;
    case "choice":
      return <Select options={(options ?? []).map((value) => ({ value, label: value }))} />;
    default:
      return <Input maxLength={2000} />;
  }
}

/** What has been carried out stays so; a picture keeps its key, and other words are another request. */
function stepsOf(reported: Reported, mended: Waiting | undefined): Step[] {
  const { project, check, on, percent, note, photos } = reported;
  const first = mended?.steps[0];
  const told = check
    ? postStep(`projects/v1/checks/${check.id}/submissions`, submissionOf(reported, check))
    : postStep(`projects/v1/projects/${project.id}/progress-entries`, { on, percent: String(percent), note });
  const known = new Map(mended?.steps.map((step) => [step.key, step]));
  return [first?.done ? first : told, ...photos.map((photo) => known.get(photo.key) ?? { ...photoStep(reported, photo), key: photo.key })];
}

function submissionOf({ on, percent, note, invested, answers }: Reported, check: Asked): Projects["schemas"]["SubmissionCreate"] {
  return {
    narrative: note,
    answers,
    ...(percent !== null && { progress: { percent: String(percent), on, note } }),
    ...(invested !== null && { investments: [{ month: check.last_on, amount_yuan: invested }] }),
  };
}

function photoStep({ project, on }: Reported, { name, file }: Photo): Step {
  const about = new URLSearchParams({ owner_type: "project", owner_id: project.id, name, category: "photo", title: `${on} ${name.replace(/\.jpg$/, "")}` });
  return fileStep(`projects/v1/documents?${about}`, file);
}

function Photos({ photos, onChange }: { photos: readonly Photo[]; onChange: (photos: readonly Photo[]) => void }) {
  const t = useTexts();
  const id = useId();
  const { message } = App.useApp();
  const [busy, setBusy] = useState(false);
  const take = async (files: readonly File[]) => {
    setBusy(true);
    try {
      const made: Photo[] = [];
      // One after another: a phone has no room for nine large pictures at once.
      for (const file of files.slice(0, MOST_PHOTOS - photos.length)) {
        made.push({ key: randomId(), name: t("report.photoName", { n: photos.length + made.length + 1 }), file: await shrunk(file) });
      }
      onChange([...photos, ...made]);
    } catch {
      void message.error(t("report.noPicture"));
    } finally {
      setBusy(false);
    }
  };
  return (
    <div className="photos">
      <ul>
        {photos.map((photo, index) => (
          <li key={photo.key}>
            <Thumbnail photo={photo} label={t("report.photo", { n: index + 1, kb: Math.ceil(photo.file.size / 1024) })} />
            <Button
              size="small"
              icon={<DeleteOutlined aria-hidden />}
              aria-label={t("report.photoAway", { n: index + 1 })}
              onClick={() => onChange(photos.filter((it) => it !== photo))}
            />
          </li>
        ))}
      </ul>
      {photos.length < MOST_PHOTOS && (
        <>
          <input
            id={id}
            type="file"
            accept="image/*"
            multiple
            className="visually-hidden"
            onChange={(event) => {
              void take([...(event.target.files ?? [])]);
              event.target.value = "";
            }}
          />
          <label htmlFor={id} className="photo-add" aria-busy={busy}>
            <CameraOutlined aria-hidden /> {t("report.addPhoto")}
          </label>
        </>
      )}
    </div>
  );
}

function Thumbnail({ photo, label }: { photo: Photo; label: string }) {
  const address = useMemo(() => URL.createObjectURL(photo.file), [photo.file]);
  useEffect(() => () => URL.revokeObjectURL(address), [address]);
  return <img src={address} alt={label} title={label} />;
}

/** Projects that can be reported on, known before the network is lost. */
export function useReportable(wanted: boolean): readonly Named[] {
  const query = useQuery({
    queryKey: ["projects", "reportable"],
    enabled: wanted,
    staleTime: 10 * 60_000,
    gcTime: Infinity,
    queryFn: async () => {
      const asked = { limit: 1000, fields: "id,name", sort: "name", "filter[stage][in]": BUILT };
      return (await ok(projects.GET("/v1/projects", { params: { query: asked } }))).items.map(({ id, name }): Named => ({ id, name }));
    },
  });
  return query.data ?? [];
}
