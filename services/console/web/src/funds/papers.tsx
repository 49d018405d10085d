/** The papers that a policy asks for: each as a file kept with the application, or as words that say where it is. */
import { DeleteOutlined, PaperClipOutlined } from "@ant-design/icons";
import { App, Button, Form, Input } from "antd";
import { useId, useState } from "react";
import { problemOf, send, type Projects } from "../api/client";
import { download } from "../api/download";
import { useTexts } from "../i18n/language";
import { NotAPicture, shrunk } from "../outbox/photo";
import { sentence } from "../shell/states";
import type { BroughtPaper, PolicyPaper } from "./data";

type Document = Projects["schemas"]["DocumentRead"];

export interface TypedPaper {
  documents?: string[];
  reference?: string;
}

const ACCEPTED = ".pdf,.docx,.xlsx,.jpg,.jpeg,.png,.webp,.zip,.txt,.csv,image/*";
/** A picture of that size is sent as it is; a larger one of a phone's camera is made smaller. */
const LARGE_PICTURE = 3_000_000;
const PLAIN_PICTURES = new Set(["image/jpeg", "image/png", "image/webp"]);

export function shownPapers(papers: readonly BroughtPaper[]): Record<string, TypedPaper> {
  const typed: Record<string, TypedPaper> = {};
  for (const { code, document_id, reference } of papers) {
    const one = (typed[code] ??= { documents: [], reference: "" });
    if (document_id) one.documents?.push(document_id);
    if (reference) one.reference = reference;
  }
  return typed;
}

export function sentPapers(typed: Record<string, TypedPaper> | undefined): BroughtPaper[] {
  return Object.entries(typed ?? {}).flatMap(([code, { documents = [], reference = "" }]): BroughtPaper[] => {
    const words = reference.trim();
    const files = documents.map((document_id, index) => ({ code, document_id, reference: index === 0 ? words : "" }));
    return files.length > 0 || !words ? files : [{ code, document_id: null, reference: words }];
  });
}

interface PapersProps {
  applicationId: string;
  papers: readonly PolicyPaper[];
  documents: readonly Document[];
  isOpen: boolean;
  /** A file has come or gone: what it belongs to is to be kept. */
  onAttached: () => void;
}

export function Papers({ applicationId, papers, documents, isOpen, onAttached }: PapersProps) {
  const t = useTexts();
  const named = new Map(documents.map((it) => [it.id, it]));
  return (
    <ul className="papers">
      {papers.map((paper) => (
        <li key={paper.code}>
          <strong>
            {paper.name}
            {paper.required && <small>{t("list.brackets", { value: t("form.required") })}</small>}
          </strong>
          <Form.Item name={["papers", paper.code, "documents"]} className="flush">
            <Files applicationId={applicationId} paper={paper} named={named} isOpen={isOpen} onAttached={onAttached} />
          </Form.Item>
          <Form.Item name={["papers", paper.code, "reference"]} className="flush">
            <Input aria-label={t("fund.reference", { paper: paper.name })} placeholder={t("fund.referenceHint")} maxLength={500} readOnly={!isOpen} />
          </Form.Item>
        </li>
      ))}
    </ul>
  );
}

interface FilesProps {
  applicationId: string;
  paper: PolicyPaper;
  named: ReadonlyMap<string, Document>;
  isOpen: boolean;
  onAttached: () => void;
  value?: string[];
  onChange?: (value: string[]) => void;
}

function Files({ applicationId, paper, named, isOpen, onAttached, value = [], onChange }: FilesProps) {
  const t = useTexts();
  const id = useId();
  const { message } = App.useApp();
  const [busy, setBusy] = useState(false);
  const say = (error: unknown) => void message.error(error instanceof NotAPicture ? t("report.noPicture") : sentence(error));
  const change = (next: string[]) => {
    onChange?.(next);
    onAttached();
  };
  const attach = async (file: File) => {
    setBusy(true);
    try {
      const kept = await stored(applicationId, paper, file);
      change([...value, kept.id]);
    } catch (error) {
      say(error);
    } finally {
      setBusy(false);
    }
  };
  return (
    <>
      <ul className="paper-files">
        {value.map((document) => {
          const name = named.get(document)?.name ?? t("fund.file");
          return (
            <li key={document}>
              <button type="button" className="plain-link" onClick={() => void download(`projects/v1/documents/${document}/content`, name).catch(say)}>
                <PaperClipOutlined aria-hidden /> {name}
              </button>
              {isOpen && (
                <Button
                  size="small"
                  type="text"
                  icon={<DeleteOutlined aria-hidden />}
                  aria-label={t("fund.fileAway", { name })}
                  onClick={() => change(value.filter((it) => it !== document))}
                />
              )}
            </li>
          );
        })}
      </ul>
      {isOpen && (
        <>
          <input
            id={id}
            type="file"
            accept={ACCEPTED}
            className="visually-hidden"
            disabled={busy}
            onChange={(event) => {
              const [file] = event.target.files ?? [];
              if (file) void attach(file);
              event.target.value = "";
            }}
          />
          <label htmlFor={id} className="photo-add" aria-busy={busy}>
            <PaperClipOutlined aria-hidden /> {t(busy ? "fund.attaching" : "fund.attach", { paper: paper.name })}
          </label>
        </>
      )}
    </>
  );
}

async function stored(applicationId: string, paper: PolicyPaper, file: File): Promise<Document> {
  const isPicture = file.type.startsWith("image/");
  const shrinks = isPicture && (!PLAIN_PICTURES.has(file.type) || file.size > LARGE_PICTURE);
  const body: Blob = shrinks ? await shrunk(file) : file;
  const name = shrinks ? file.name.replace(/\.[^.]*$/, "") + ".jpg" : file.name;
  const about = new URLSearchParams({ owner_type: "support_application", owner_id: applicationId, name, category: "application", title: paper.name });
  const headers = { "Content-Type": body.type || typeOf(name) };
  const answer = await send(new Request(`${window.location.origin}/api/projects/v1/documents?${about}`, { method: "POST", headers, body }));
  if (!answer.ok) throw problemOf(answer.status, await answer.json().catch(() => ({})));
  return (await answer.json()) as Document;
}

/** Some phones name no kind of a file. */
function typeOf(name: string): string {
  return name.toLowerCase().endsWith(".pdf") ? "application/pdf" : "application/octet-stream";
}
