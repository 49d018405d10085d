/** A curtailment as it is carried out: what was ordered, what is achieved, who has acknowledged. */
import { ArrowLeftOutlined } from "@ant-design/icons";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { App, Button } from "antd";
import { useMemo, useState } from "react";
import { useNavigate, useParams } from "react-router";
import { energy, ok } from "../api/client";
import { useRegions } from "../api/regions";
import { framed, LINE, look, quartersFrom } from "../charts/look";
import { ShownChart } from "../charts/shown";
import { instant, percent, power } from "../format";
import { term, useLanguage, useTexts } from "../i18n/language";
import type { Key } from "../i18n/zh-CN";
import { may } from "../session/rights";
import { useSession } from "../session/session";
import { FormDialog, type Field } from "../shell/form-dialog";
import { Mark, type Tone } from "../shell/mark";
import { Fact, Panel } from "../shell/panel";
import { Rows } from "../shell/rows";
import { Share } from "../shell/share";
import { Loaded, Nothing, sentence } from "../shell/states";
import { useDark } from "../shell/appearance";
import { isLive, useActivation, useOrders, useTracking, useVerifications, type Activation, type Course, type Order, type Tracking, type Verification } from "./orderly-data";
import { ACTIVATION_TONES } from "./orderly-page";

type Act = "cancellation" | "closing";

export default function ActivationPage() {
  const { id = "" } = useParams();
  const query = useActivation(id);
  return (
    <div className="page">
      <Loaded query={query} rows={10}>
        {(activation) => <OneActivation activation={activation} />}
      </Loaded>
    </div>
  );
}

function OneActivation({ activation }: { activation: Activation }) {
  const t = useTexts();
  useLanguage();
  const { me } = useSession();
  const regions = useRegions();
  const navigate = useNavigate();
  const queries = useQueryClient();
  const { message } = App.useApp();
  const [acting, setActing] = useState<Act>();
  const live = isLive(activation);
  const tracking = useTracking(activation.id, live);
  const orders = useOrders(activation.id, live);
  const verifications = useVerifications(activation.id, activation.verified_at ? (orders.data ?? []) : []);
  const refresh = () => queries.invalidateQueries({ queryKey: ["orderly", "activation", activation.id] });
  const named = { params: { path: { activation_id: activation.id } } };
  const remind = useMutation({
    retry: false,
    mutationFn: () => ok(energy.POST("/v1/activations/{activation_id}/notices", named)),
    onSuccess: ({ told }) => {
      void message.success(t("activation.told", { n: told }));
      void refresh();
    },
    onError: (error) => void message.error(sentence(error)),
  });
  const all = orders.data ?? [];
  const acknowledged = all.filter((it) => it.acknowledged_at).length;
  return (
    <>
      <div className="page-head">
        <Button type="text" icon={<ArrowLeftOutlined />} aria-label={t("action.back")} onClick={() => void navigate("/energy/orderly-use")} />
        <h1>{t("activation.title", { code: activation.code })}</h1>
        <Mark tone={ACTIVATION_TONES[activation.state]}>{term("activationState", activation.state)}</Mark>
        {may(me, "planOrderlyUse") && (
          <div className="acts">
            {live && (
              <Button type="primary" loading={remind.isPending} onClick={() => remind.mutate()}>
                {t(activation.notified_at ? "activation.remind" : "activation.notify")}
              </Button>
            )}
            {live && (
              <Button danger onClick={() => setActing("cancellation")}>
                {t("activation.cancel")}
              </Button>
            )}
            {(activation.state === "ended" || activation.state === "verified") && (
              <Button onClick={() => setActing("closing")}>{t("activation.close")}</Button>
            )}
          </div>
        )}
      </div>
      <Panel id="activation-facts" title={t("orderly.facts")}>
        <dl className="facts">
          <Fact name={t("orderly.time")}>{`${instant(activation.starts_at)} – ${instant(activation.ends_at)}`}</Fact>
          <Fact name={t("orderly.region")}>{regions.name(activation.region_code)}</Fact>
          <Fact name={t("orderly.level")}>{term("gap", activation.level === null ? null : String(activation.level))}</Fact>
          <Fact name={t("orderly.node")}>{activation.node_code ?? "–"}</Fact>
          <Fact name={t("activation.acknowledged")}>
            {orders.data ? t("activation.acknowledgedOf", { n: acknowledged, all: all.length }) : "–"}
          </Fact>
          <Fact name={t("orderly.reason")}>{activation.reason}</Fact>
        </dl>
      </Panel>
      <Panel id="tracking" title={t("activation.course")} className="panel-chart" extra={live && <Mark tone="busy">{t("stream.live")}</Mark>}>
        <Loaded query={tracking} rows={8}>
          {(data) =>
            data.first_at ? (
              <CoursePanel tracking={data} from={data.first_at} />
            ) : (
              <Nothing words={t(live ? "activation.notBegun" : "activation.notTracked")} />
            )
          }
        </Loaded>
      </Panel>
      <Panel id="orders" title={t("orderly.orders")}>
        <Orders
          activation={activation.id}
          live={live}
          courses={tracking.data?.orders ?? []}
          verified={verifications.data}
          onChanged={() => void refresh()}
        />
      </Panel>
      {acting && <EndDialog activation={activation} act={acting} onClose={() => setActing(undefined)} onDone={() => void refresh().then(() => setActing(undefined))} />}
    </>
  );
}

function CoursePanel({ tracking, from }: { tracking: Tracking; from: string }) {
  const t = useTexts();
  const language = useLanguage();
  const dark = useDark();
  const option = useMemo(() => {
    void language;
    const colours = look(dark);
    const ordered = { ...LINE, step: "end", name: t("activation.ordered"), data: quartersFrom(from, tracking.ordered_kw), color: colours.bad };
    // Of those whose load is known; the line ends where somebody's is not.
    const partial = { ...LINE, name: t("activation.partial"), data: quartersFrom(from, tracking.partial_achieved_kw), color: colours.watch, lineStyle: { type: "dashed" } };
    const achieved = { type: "bar", name: t("activation.achieved"), data: quartersFrom(from, tracking.achieved_kw), color: colours.accent, barMaxWidth: 26 };
    const series = [achieved, partial, ordered];
    return framed({ dark, series, unit: "kW" });
  }, [tracking, from, dark, language, t]);
  const newest = newestOf(tracking);
  const share = newest?.ordered ? newest.achieved / newest.ordered : undefined;
  return (
    <>
      <dl className="facts facts-line">
        <Fact name={t("activation.achievedNow")}>
          <span data-figure="achieved">{power(newest?.achieved)}</span>
        </Fact>
        <Fact name={t("activation.required")}>{power(newest?.ordered ?? Math.max(0, ...tracking.ordered_kw))}</Fact>
        <Fact name={t("activation.share")}>
          {share === undefined ? "–" : <Share value={share} good={share >= 1} label={percent(share, 0)} />}
        </Fact>
        <Fact name={term("course", "in_line")}>{tracking.in_line}</Fact>
        <Fact name={term("course", "short")}>{tracking.short}</Fact>
        <Fact name={term("course", "unknown")}>{tracking.unknown}</Fact>
        <Fact name={t("activation.trackedAt")}>{instant(tracking.tracked_at, true)}</Fact>
      </dl>
      <ShownChart option={option} height={300} label={t("activation.course")} />
    </>
  );
}

/** The newest quarter of an hour of which somebody's load is known. */
function newestOf(tracking: Tracking): { achieved: number; ordered: number } | undefined {
  for (let slot = tracking.ordered_kw.length - 1; slot >= 0; slot -= 1) {
    const achieved = tracking.achieved_kw[slot] ?? tracking.partial_achieved_kw[slot];
    const ordered = tracking.ordered_kw[slot];
    if (achieved !== null && achieved !== undefined && ordered !== undefined) return { achieved, ordered };
  }
  return undefined;
}

const COURSE_TONES: Partial<Record<Course["course"], Tone>> = { in_line: "success", short: "error", starting: "busy" };
const VERDICT_TONES: Record<string, Tone> = { met: "success", not_met: "error", cannot_tell: "warning" };

interface OrdersProps {
  activation: string;
  live: boolean;
  courses: readonly Course[];
  verified: ReadonlyMap<string, Verification> | undefined;
  onChanged: () => void;
}

function Orders({ activation, live, courses, verified, onChanged }: OrdersProps) {
  const t = useTexts();
  useLanguage();
  const { me } = useSession();
  const orders = useOrders(activation, live);
  const [acknowledging, setAcknowledging] = useState<Order>();
  const byOrder = useMemo(() => new Map(courses.map((it) => [it.order_id, it])), [courses]);
  return (
    <>
      <Rows<Order>
        query={orders}
        width={900}
        columns={[
          { title: t("orderly.user"), dataIndex: "enterprise_name" },
          { title: t("orderly.measure"), width: 80, render: (_, it) => term("measure", it.measure) },
          { title: t("activation.ordered"), width: 110, align: "right", render: (_, it) => power(it.ordered_kw) },
          { title: t("activation.achieved"), width: 110, align: "right", render: (_, it) => power(verified?.get(it.id)?.mean_kw ?? byOrder.get(it.id)?.latest_achieved_kw) },
          {
            title: t("activation.standing"),
            width: 100,
            render: (_, it) => {
              const course = byOrder.get(it.id);
              if (it.verdict) return <Mark tone={VERDICT_TONES[it.verdict]}>{term("verdict", it.verdict)}</Mark>;
              return course ? <Mark tone={COURSE_TONES[course.course]}>{term("course", course.course)}</Mark> : "–";
            },
          },
          {
            title: t("activation.acknowledged"),
            width: 200,
            render: (_, it) => {
              if (it.acknowledged_at) return instant(it.acknowledged_at);
              if (!it.notified_at) return t("activation.untold");
              return (
                <>
                  <Mark tone="warning">{t("activation.waiting")}</Mark>
                  {live && may(me, "planOrderlyUse") && (
                    <Button type="link" size="small" onClick={() => setAcknowledging(it)}>
                      {t("activation.onWord")}
                    </Button>
                  )}
                </>
              );
            },
          },
          { title: t("activation.by"), width: 160, render: (_, it) => instant(it.acknowledge_by) },
        ]}
      />
      {acknowledging && (
        <AcknowledgeDialog
          order={acknowledging}
          onClose={() => setAcknowledging(undefined)}
          onDone={() => {
            setAcknowledging(undefined);
            onChanged();
          }}
        />
      )}
    </>
  );
}

const NOTE: Field = { path: ["note"], label: "orderly.note", kind: "long" };

/** An order is taken note of: by the enterprise itself, or by the office on the enterprise's word. */
export function AcknowledgeDialog({ order, onClose, onDone }: { order: Order; onClose: () => void; onDone: () => void }) {
  const t = useTexts();
  return (
    <FormDialog
      title={t("activation.acknowledge", { name: order.enterprise_name })}
      okText={t("activation.confirm")}
      fields={[NOTE]}
      send={(typed) => ok(energy.POST("/v1/activation-orders/{order_id}/acknowledgement", { params: { path: { order_id: order.id } }, body: typed }))}
      onDone={onDone}
      onClose={onClose}
    />
  );
}

function EndDialog({ activation, act, onClose, onDone }: { activation: Activation; act: Act; onClose: () => void; onDone: () => void }) {
  const t = useTexts();
  const named = { params: { path: { activation_id: activation.id } } };
  const cancels = act === "cancellation";
  return (
    <FormDialog
      title={t(`activation.${cancels ? "cancel" : "close"}` as Key)}
      okText={t(`activation.${cancels ? "cancel" : "close"}` as Key)}
      fields={[cancels ? { path: ["reason"], label: "orderly.reason", kind: "long", required: true } : NOTE]}
      send={(typed) =>
        cancels
          ? ok(energy.POST("/v1/activations/{activation_id}/cancellation", { ...named, body: { reason: String(typed.reason) } }))
          : ok(energy.POST("/v1/activations/{activation_id}/closing", { ...named, body: typed }))
      }
      onDone={onDone}
      onClose={onClose}
    />
  );
}
