/** A dialog of fields. What a service finds wrong is said at its field; what was typed stays. */
import { useMutation } from "@tanstack/react-query";
import { App, DatePicker, Form, Input, InputNumber, Modal, Select, Switch } from "antd";
import dayjs, { type Dayjs } from "dayjs";
import { useId } from "react";
import { Problem } from "../api/client";
import { useTexts } from "../i18n/language";
import type { Key } from "../i18n/zh-CN";
import { Failure } from "./states";

export type Path = readonly string[];
export type Typed = Record<string, unknown>;

export interface Field {
  /** Where the value stands in what is sent. */
  path: Path;
  label: Key;
  kind: "text" | "long" | "code" | "password" | "number" | "choice" | "choices" | "switch" | "date" | "instant" | "structure";
  options?: readonly { value: string | number; label: string }[];
  required?: boolean;
  hint?: Key;
  /** Said once, and never changed. */
  fixed?: boolean;
  least?: number;
  most?: number;
  digits?: number;
}

interface FormDialogProps {
  title: string;
  okText: string;
  fields: readonly Field[];
  /** What stands there already; a dialog without it makes something new. */
  before?: object | undefined;
  start?: Typed;
  width?: number;
  done?: string;
  send: (typed: Typed) => Promise<unknown>;
  onDone: () => void;
  onClose: () => void;
  /** The field of a refusal that names none. */
  placeOf?: (problem: Problem) => Path | undefined;
}

export function FormDialog({ title, okText, fields, before, start, width = 560, done, send, onDone, onClose, placeOf }: FormDialogProps) {
  const t = useTexts();
  const { message } = App.useApp();
  const [form] = Form.useForm<Typed>();
  const base = useId();
  const mutation = useMutation({
    retry: false,
    mutationFn: (typed: Typed) => send(collected(fields, typed, before)),
    onSuccess: () => {
      void message.success(done ?? t("form.saved"));
      onDone();
    },
    onError: (error) => form.setFields(placed(error, fields, placeOf).map(({ path, words }) => ({ name: [...path], errors: words }))),
  });
  const rest = mutation.error && unplaced(mutation.error, fields, placeOf);
  return (
    <Modal
      open
      width={width}
      title={title}
      okText={okText}
      cancelText={t("action.cancel")}
      confirmLoading={mutation.isPending}
      onOk={() => form.submit()}
      onCancel={onClose}
      destroyOnHidden
    >
      {rest && (
        <div className="gap-below">
          <Failure error={rest} />
        </div>
      )}
      <Form<Typed>
        // Names of fields are not ids of the page: a field "content" is not the page's content.
        name={`form${base}`}
        form={form}
        layout="vertical"
        requiredMark={false}
        scrollToFirstError
        initialValues={shown(fields, before ?? start ?? {})}
        onFinish={(typed) => mutation.mutate(typed)}
      >
        {fields.map((field) => (
          <FormField key={field.path.join(".")} field={field} editing={before !== undefined} />
        ))}
      </Form>
    </Modal>
  );
}

/** What was typed into a field of words. */
export function said(value: unknown): string {
  return typeof value === "string" ? value : "";
}

function FormField({ field, editing }: { field: Field; editing: boolean }) {
  const t = useTexts();
  const rules = [
    ...(field.required ? [{ required: true, message: t("form.required") }] : []),
    ...(field.kind === "structure"
      ? [{ validator: (_: unknown, words: string) => (readable(words) ? Promise.resolve() : Promise.reject(new Error(t("form.structure")))) }]
      : []),
  ];
  return (
    <Form.Item
      name={[...field.path]}
      label={t(field.label)}
      rules={rules}
      extra={field.hint && t(field.hint)}
      {...(field.kind === "switch" && { valuePropName: "checked" })}
    >
      {control(field, editing && field.fixed === true)}
    </Form.Item>
  );
}

function control(field: Field, disabled: boolean) {
  const options = field.options ? [...field.options] : [];
  switch (field.kind) {
    case "long":
      return <Input.TextArea rows={3} maxLength={4000} disabled={disabled} />;
    case "code":
    case "structure":
      // As high as what stands in it, by the browser: the library would write styles that the page's policy forbids.
      return <Input.TextArea rows={1} className="code grows" spellCheck={false} disabled={disabled} />;
    case "password":
      return <Input.Password autoComplete="new-password" maxLength={128} />;
    case "number":
      return (
        <InputNumber
          className="full"
          disabled={disabled}
          {...(field.least !== undefined && { min: field.least })}
          {...(field.most !== undefined && { max: field.most })}
          {...(field.digits !== undefined && { precision: field.digits })}
        />
      );
    case "choice":
      return <Select allowClear={!field.required} showSearch={{ optionFilterProp: "label" }} options={options} disabled={disabled} />;
    case "choices":
      return <Select mode="multiple" allowClear showSearch={{ optionFilterProp: "label" }} options={options} disabled={disabled} />;
    case "switch":
      return <Switch disabled={disabled} />;
    case "date":
      return <DatePicker className="full" disabled={disabled} />;
    case "instant":
      return <DatePicker showTime={{ format: "HH:mm" }} format="YYYY-MM-DD HH:mm" className="full" disabled={disabled} />;
    default:
      return <Input maxLength={500} disabled={disabled} />;
  }
}

function readable(words: string | undefined): boolean {
  if (!words?.trim()) return true;
  try {
    JSON.parse(words);
    return true;
  } catch {
    return false;
  }
}

export function valueAt(from: unknown, path: Path): unknown {
  return path.reduce<unknown>((value, name) => (value as Typed | null | undefined)?.[name], from);
}

function put(into: Typed, path: Path, value: unknown): void {
  const [name = "", ...rest] = path;
  if (rest.length === 0) into[name] = value;
  else put((into[name] ??= {}) as Typed, rest, value);
}

/** What stands there, as the controls hold it. */
function shown(fields: readonly Field[], before: object): Typed {
  const typed: Typed = {};
  for (const { path, kind } of fields) {
    const value = valueAt(before, path);
    if (value === undefined || value === null) continue;
    if (kind === "date" || kind === "instant") put(typed, path, dayjs(value as string));
    else put(typed, path, kind === "structure" ? JSON.stringify(value, null, 2) : value);
  }
  return typed;
}

function sent({ kind }: Field, value: unknown): unknown {
  if (kind === "date") return (value as Dayjs).format("YYYY-MM-DD");
  if (kind === "instant") return (value as Dayjs).toISOString();
  if (kind === "structure") return JSON.parse(value as string);
  return typeof value === "string" ? value.trim() : value;
}

/** What is sent: nothing of what is empty, and null for what was emptied. */
function collected(fields: readonly Field[], typed: Typed, before: object | undefined): Typed {
  const body: Typed = {};
  for (const field of fields) {
    const value = valueAt(typed, field.path);
    const empty = value === undefined || value === null || (typeof value === "string" && value.trim() === "");
    if (!empty) put(body, field.path, sent(field, value));
    else if (valueAt(before, field.path) != null && valueAt(before, field.path) !== "") put(body, field.path, null);
  }
  return body;
}

function placed(error: unknown, fields: readonly Field[], placeOf: FormDialogProps["placeOf"]): { path: Path; words: string[] }[] {
  if (!(error instanceof Problem)) return [];
  const found = error.faults.flatMap((fault) => {
    const path = fieldOf(fault.pointer, fields);
    return path ? [{ path, words: [fault.message] }] : [];
  });
  const own = placeOf?.(error);
  return own ? [...found, { path: own, words: [error.detail || error.title] }] : found;
}

/** What is left to say above the fields. */
function unplaced(error: Error, fields: readonly Field[], placeOf: FormDialogProps["placeOf"]): Error | undefined {
  if (!(error instanceof Problem)) return error;
  const faults = error.faults.filter((fault) => !fieldOf(fault.pointer, fields));
  if (placeOf?.(error) && faults.length === 0) return undefined;
  if (error.faults.length > 0 && faults.length === 0) return undefined;
  return new Problem(error.status, error.code, error.title, error.detail, faults);
}

/** The field that a JSON pointer leads to or into; some services point into the part of the body that they judge. */
function fieldOf(pointer: string | undefined, fields: readonly Field[]): Path | undefined {
  if (!pointer) return undefined;
  const parts = pointer.split("/").slice(1);
  const whole = fields.find(({ path }) => path.every((name, index) => parts[index] === name));
  return (whole ?? fields.find(({ path }) => path.length > 1 && path.at(-1) === parts[0]))?.path;
}
