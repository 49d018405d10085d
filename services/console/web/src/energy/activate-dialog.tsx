/** Orders a curtailment: of named users, or of whom the plan in force selects for a gap. */
import { DeleteOutlined, PlusOutlined } from "@ant-design/icons";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { App, Button, DatePicker, Form, Input, InputNumber, Modal, Segmented, Select } from "antd";
import dayjs, { type Dayjs } from "dayjs";
import { useState } from "react";
import { energy, ok, Problem, type Energy } from "../api/client";
import { useRegions } from "../api/regions";
import { now } from "../clock";
import { term, useTexts } from "../i18n/language";
import { useSession } from "../session/session";
import { Failure } from "../shell/states";
import { MEASURES, useUsers, type Activation, type User } from "./orderly-data";

type Way = "users" | "plan";
type Measure = (typeof MEASURES)[number];

interface Typed {
  region_code: string;
  period?: [Dayjs, Dayjs];
  day?: Dayjs;
  node_code?: string;
  level?: number;
  acknowledge_minutes?: number;
  reason: string;
  orders?: { enterprise_id: string; ordered_kw: number; measure?: Measure }[];
}

const LEVELS = [1, 2, 3, 4] as const;
const QUARTER_MINUTES = 15;

export function ActivateDialog({ onClose, onMade }: { onClose: () => void; onMade: (id: string) => void }) {
  const t = useTexts();
  const { message } = App.useApp();
  const { me } = useSession();
  const regions = useRegions();
  const queries = useQueryClient();
  const users = useUsers();
  const [form] = Form.useForm<Typed>();
  const [way, setWay] = useState<Way>("users");
  const mutation = useMutation({
    retry: false,
    mutationFn: (typed: Typed) => (way === "users" ? orderUsers(typed) : orderByPlan(typed)),
    onSuccess: (made) => {
      void message.success(t("orderly.activated", { code: made.code }));
      void queries.invalidateQueries({ queryKey: ["orderly", "activations"] });
      onMade(made.id);
    },
    onError: (error) => {
      const row = rowOf(error, form.getFieldValue("orders") as Typed["orders"], users.data ?? []);
      if (row !== undefined) form.setFields([{ name: ["orders", row, "enterprise_id"], errors: [wordsOf(error)] }]);
    },
  });
  const isPlaced = mutation.error && rowOf(mutation.error, form.getFieldValue("orders") as Typed["orders"], users.data ?? []) !== undefined;
  const start = nextQuarter();
  return (
    <Modal
      open
      width={720}
      title={t("orderly.activate")}
      okText={t("orderly.order")}
      okButtonProps={{ danger: true }}
      cancelText={t("action.cancel")}
      confirmLoading={mutation.isPending}
      onOk={() => form.submit()}
      onCancel={onClose}
    >
      {mutation.error && !isPlaced && (
        <div className="gap-below">
          <Failure error={mutation.error} />
        </div>
      )}
      <Segmented<Way>
        className="gap-below"
        aria-label={t("orderly.way")}
        value={way}
        onChange={setWay}
        options={(["users", "plan"] as const).map((value) => ({ value, label: term("way", value) }))}
      />
      <Form<Typed>
        form={form}
        layout="vertical"
        requiredMark={false}
        initialValues={{
          region_code: me?.region_code ?? undefined,
          period: [start, start.add(2, "hour")],
          day: start,
          level: 1,
          orders: [{}],
        }}
        onFinish={(typed) => mutation.mutate(typed)}
      >
        <div className="form-row">
          <Form.Item name="region_code" label={t("orderly.region")} rules={[{ required: true, message: t("form.required") }]}>
            <Select options={regions.all.map(({ code, name }) => ({ value: code, label: name }))} />
          </Form.Item>
          <Form.Item name="level" label={t("orderly.level")}>
            <Select options={LEVELS.map((value) => ({ value, label: term("gap", String(value)) }))} />
          </Form.Item>
          <Form.Item name="acknowledge_minutes" label={t("orderly.acknowledgeMinutes")}>
            <InputNumber min={1} max={1440} precision={0} className="full" />
          </Form.Item>
        </div>
        {way === "users" ? (
          <>
            <Form.Item name="period" label={t("orderly.time")} rules={[{ required: true, message: t("form.required") }]}>
              <DatePicker.RangePicker
                className="full"
                format="YYYY-MM-DD HH:mm"
                showTime={{ format: "HH:mm", minuteStep: QUARTER_MINUTES }}
              />
            </Form.Item>
            <OrderRows users={users.data ?? []} />
          </>
        ) : (
          <div className="form-row">
            <Form.Item name="day" label={t("grid.day")} rules={[{ required: true, message: t("form.required") }]}>
              <DatePicker className="full" />
            </Form.Item>
            <Form.Item name="node_code" label={t("orderly.node")}>
              <Input maxLength={64} />
            </Form.Item>
          </div>
        )}
        <Form.Item name="reason" label={t("orderly.reason")} rules={[{ required: true, whitespace: true, message: t("form.required") }]}>
          <Input.TextArea rows={2} maxLength={500} />
        </Form.Item>
      </Form>
    </Modal>
  );
}

function OrderRows({ users }: { users: readonly User[] }) {
  const t = useTexts();
  return (
    <Form.List name="orders">
      {(rows, { add, remove }) => (
        <fieldset className="order-rows">
          <legend>{t("orderly.orders")}</legend>
          {rows.map(({ key, name }) => (
            <div key={key} className="order-row">
              <Form.Item name={[name, "enterprise_id"]} rules={[{ required: true, message: t("form.required") }]}>
                <Select
                  aria-label={t("orderly.user")}
                  placeholder={t("orderly.user")}
                  showSearch={{ optionFilterProp: "label" }}
                  options={users.map(userOption)}
                />
              </Form.Item>
              <Form.Item name={[name, "ordered_kw"]} rules={[{ required: true, message: t("form.required") }]}>
                <InputNumber aria-label={t("orderly.kw")} placeholder="kW" min={0} className="full" suffix="kW" />
              </Form.Item>
              <Form.Item name={[name, "measure"]}>
                <Select
                  allowClear
                  aria-label={t("orderly.measure")}
                  placeholder={t("orderly.measure")}
                  options={MEASURES.map((value) => ({ value, label: term("measure", value) }))}
                />
              </Form.Item>
              <Button type="text" icon={<DeleteOutlined />} aria-label={t("action.remove")} onClick={() => remove(name)} />
            </div>
          ))}
          <Button type="dashed" icon={<PlusOutlined />} onClick={() => add({})} className="gap-below">
            {t("orderly.addUser")}
          </Button>
        </fieldset>
      )}
    </Form.List>
  );
}

/** A user with what it is by law, so that nobody is surprised by a refusal. */
export function userOption(user: User): { value: string; label: string } {
  const standing = user.standing === "ordinary" ? "" : ` · ${term("standing", user.standing)}`;
  return { value: user.enterprise_id, label: `${user.name}${standing}` };
}

type Write = Energy["schemas"]["ActivationWrite"];

function orderUsers({ period, orders = [], region_code, level, acknowledge_minutes, reason }: Typed): Promise<Activation> {
  const [from, to] = period ?? [];
  const body: Write = {
    region_code,
    reason: reason.trim(),
    starts_at: from?.second(0).millisecond(0).toISOString() ?? "",
    ends_at: to?.second(0).millisecond(0).toISOString() ?? "",
    level: level ?? null,
    acknowledge_minutes: acknowledge_minutes ?? null,
    orders: orders.map((it) => ({ enterprise_id: it.enterprise_id, ordered_kw: it.ordered_kw, measure: it.measure ?? null })),
  };
  return ok(energy.POST("/v1/activations", { body }));
}

function orderByPlan({ day, node_code, region_code, level, acknowledge_minutes, reason }: Typed): Promise<Activation> {
  const body = {
    region_code,
    reason: reason.trim(),
    day: day?.format("YYYY-MM-DD") ?? "",
    node_code: node_code?.trim() || null,
    level: level ?? null,
    acknowledge_minutes: acknowledge_minutes ?? null,
  };
  return ok(energy.POST("/v1/activations/from-plan", { body }));
}

/** The row that a refusal is about: the service names the user, or points to the row. */
function rowOf(error: unknown, orders: Typed["orders"], users: readonly User[]): number | undefined {
  if (!(error instanceof Problem)) return undefined;
  const pointed = error.faults.map((fault) => /^\/orders\/(\d+)/.exec(fault.pointer ?? "")?.[1]).find(Boolean);
  if (pointed !== undefined) return Number(pointed);
  const names = new Map(users.map((user) => [user.enterprise_id, user.name]));
  const row = orders?.findIndex((order) => error.detail.includes(names.get(order?.enterprise_id) ?? "\0")) ?? -1;
  return row < 0 ? undefined : row;
}

function wordsOf(error: unknown): string {
  if (!(error instanceof Problem)) return "";
  return error.faults[0]?.message ?? (error.detail || error.title);
}

/** Orders begin and end with the quarters of an hour that meters measure. */
function nextQuarter(): Dayjs {
  const at = dayjs(now()).second(0).millisecond(0);
  return at.add(QUARTER_MINUTES - (at.minute() % QUARTER_MINUTES), "minute");
}
