/** A leader's instruction (批示): to whom, what, until when. It becomes a tracked matter with a number. */
import { EditOutlined } from "@ant-design/icons";
import { useQueryClient } from "@tanstack/react-query";
import { Button } from "antd";
import { useState } from "react";
import { useNavigate } from "react-router";
import { ok, projects, type Projects } from "../api/client";
import { useTexts } from "../i18n/language";
import { may } from "../session/rights";
import { useSession } from "../session/session";
import { FormDialog, type Field } from "../shell/form-dialog";
import { useOffices, type Subject } from "./data";

type Create = Projects["schemas"]["InstructionCreate"];
const TERM_DAYS = 10;

/** For who may instruct; nothing for others. */
export function InstructButton({ subject, name }: { subject: Subject; name: string }) {
  const t = useTexts();
  const { me } = useSession();
  const [open, setOpen] = useState(false);
  if (!may(me, "instruct") || !me?.person_id) return null;
  return (
    <>
      <Button icon={<EditOutlined aria-hidden />} onClick={() => setOpen(true)}>
        {t("instruct.title")}
      </Button>
      {open && <InstructDialog subject={subject} name={name} onClose={() => setOpen(false)} />}
    </>
  );
}

function InstructDialog({ subject, name, onClose }: { subject: Subject; name: string; onClose: () => void }) {
  const t = useTexts();
  const navigate = useNavigate();
  const queries = useQueryClient();
  const offices = useOffices();
  const fields: readonly Field[] = [
    { path: ["text"], label: "instruct.text", kind: "long", required: true },
    { path: ["lead_unit_id"], label: "instruct.lead", kind: "choice", required: true, options: offices.units },
    { path: ["owner_person_id"], label: "instruct.owner", kind: "choice", options: offices.people },
    { path: ["assisting_unit_ids"], label: "instruct.assisting", kind: "choices", options: offices.units },
    { path: ["working_days"], label: "instruct.days", kind: "number", least: 1, most: 500, digits: 0, hint: "instruct.daysHint" },
    { path: ["due_on"], label: "instruct.due", kind: "date" },
  ];
  return (
    <FormDialog
      title={t("instruct.about", { name })}
      okText={t("instruct.send")}
      fields={fields}
      start={{ working_days: TERM_DAYS }}
      done={t("instruct.sent")}
      send={async (typed) => {
        const { working_days, due_on, ...rest } = typed;
        // A day that was named is meant, whatever number stands beside it.
        const deadline = due_on ? { due_on } : { working_days };
        const made = await ok(projects.POST("/v1/instructions", { body: { ...rest, ...deadline, subject } as unknown as Create }));
        void queries.invalidateQueries({ queryKey: ["instructions"] });
        void navigate(`/projects/instructions/${made.id}`);
      }}
      onDone={onClose}
      onClose={onClose}
    />
  );
}
