/** What an application says of itself, by the kind of its policy. */
import { DeleteOutlined, PlusOutlined } from "@ant-design/icons";
import { Button, DatePicker, Form, Input, InputNumber, Select } from "antd";
import dayjs, { type Dayjs } from "dayjs";
import { today } from "../clock";
import { useTexts } from "../i18n/language";
import type { Policy } from "./data";

type Loose = Record<string, unknown>;

interface TypedLoan {
  contract: string;
  bank: string;
  principal_yuan: string;
  annual_rate_percent: string;
  first_day: Dayjs;
  last_day: Dayjs;
}

/** As the controls hold it; each kind uses its own part. */
export interface TypedInputs {
  loans?: Partial<TypedLoan>[];
  invested_yuan?: string;
  fees?: { code?: string; standard_yuan?: string; cost_yuan?: string }[];
  first_year?: number;
  years?: { year?: number; paid_yuan?: string }[];
  quantity?: string;
}

/** What is typed into first: one line of whatever is a list. */
export function freshInputs(policy: Policy): TypedInputs {
  const year = Number(today().slice(0, 4));
  switch (policy.kind) {
    case "interest_subsidy":
    case "guarantee":
      return { loans: [{}] };
    case "fee_waiver":
      return { fees: (policy.terms.items ?? []).slice(0, 1).map(({ code }) => ({ code })) };
    case "tax_return":
      return { first_year: year - 1, years: [{ year: year - 1 }] };
    default:
      return {};
  }
}

/** What stands there already, as the controls hold it. */
export function shownInputs(stored: Loose): TypedInputs {
  const typed = stored as unknown as Omit<TypedInputs, "loans"> & { loans?: (Omit<TypedLoan, "first_day" | "last_day"> & { first_day: string; last_day: string })[] };
  const { loans, ...rest } = typed;
  return {
    ...rest,
    ...(loans && { loans: loans.map((loan) => ({ ...loan, first_day: dayjs(loan.first_day), last_day: dayjs(loan.last_day) })) }),
  };
}

/** What is sent. */
export function sentInputs(kind: Policy["kind"], typed: TypedInputs | undefined): Loose {
  const day = (value: Dayjs | undefined) => value?.format("YYYY-MM-DD");
  switch (kind) {
    case "interest_subsidy":
    case "guarantee":
      return { kind, loans: (typed?.loans ?? []).map((loan) => ({ ...loan, first_day: day(loan.first_day), last_day: day(loan.last_day) })) };
    case "special_fund":
      return { kind, invested_yuan: typed?.invested_yuan };
    case "fee_waiver":
      return { kind, fees: (typed?.fees ?? []).map(({ cost_yuan, ...fee }) => ({ ...fee, ...(cost_yuan && { cost_yuan }) })) };
    case "tax_return":
      return { kind, first_year: typed?.first_year, years: typed?.years ?? [] };
    case "quantity":
      return { kind, quantity: typed?.quantity };
    default:
      return { kind };
  }
}

export function InputFields({ policy }: { policy: Policy }) {
  const t = useTexts();
  const rules = useDemanded();
  switch (policy.kind) {
    case "interest_subsidy":
    case "guarantee":
      return <Loans />;
    case "special_fund":
      return (
        <Form.Item name={["inputs", "invested_yuan"]} label={t("fund.invested")} rules={rules}>
          <YuanInput />
        </Form.Item>
      );
    case "fee_waiver":
      return <Fees policy={policy} />;
    case "tax_return":
      return <Taxes />;
    case "quantity":
      return (
        <Form.Item name={["inputs", "quantity"]} label={t("fund.quantity")} rules={rules}>
          <InputNumber<string> stringMode className="full" min="0" precision={3} inputMode="decimal" suffix={policy.terms.unit} />
        </Form.Item>
      );
    default:
      return <p className="page-note gap-below">{t("fund.byFigure")}</p>;
  }
}

export function useDemanded() {
  const t = useTexts();
  return [{ required: true, message: t("form.required") }];
}

interface YuanInputProps {
  value?: string;
  onChange?: (value: string | null) => void;
  id?: string;
}

/** Whole yuan. */
export function YuanInput(props: YuanInputProps) {
  const t = useTexts();
  return <InputNumber<string> {...props} stringMode className="full" min="0" precision={0} inputMode="numeric" suffix={t("unit.yuan")} />;
}

function Loans() {
  const t = useTexts();
  const rules = useDemanded();
  return (
    <Form.List name={["inputs", "loans"]}>
      {(lines, { add, remove }) => (
        <>
          {lines.map(({ name, key }) => (
            <fieldset key={key} className="part">
              <legend>{t("fund.loan", { n: name + 1 })}</legend>
              {lines.length > 1 && <RemoveButton label={t("fund.loanAway", { n: name + 1 })} onClick={() => remove(name)} />}
              <div className="form-row">
                <Form.Item name={[name, "contract"]} label={t("fund.contract")} rules={rules}>
                  <Input maxLength={200} />
                </Form.Item>
                <Form.Item name={[name, "bank"]} label={t("fund.bank")} rules={rules}>
                  <Input maxLength={200} />
                </Form.Item>
                <Form.Item name={[name, "principal_yuan"]} label={t("fund.principal")} rules={rules}>
                  <YuanInput />
                </Form.Item>
                <Form.Item name={[name, "annual_rate_percent"]} label={t("fund.rate")} rules={rules}>
                  <InputNumber<string> stringMode className="full" min="0" max="100" inputMode="decimal" suffix="%" />
                </Form.Item>
                <Form.Item name={[name, "first_day"]} label={t("fund.firstDay")} rules={rules}>
                  <DatePicker className="full" />
                </Form.Item>
                <Form.Item name={[name, "last_day"]} label={t("fund.lastDay")} rules={rules}>
                  <DatePicker className="full" />
                </Form.Item>
              </div>
            </fieldset>
          ))}
          <AddButton label={t("fund.addLoan")} onClick={() => add({})} />
        </>
      )}
    </Form.List>
  );
}

function Fees({ policy }: { policy: Policy }) {
  const t = useTexts();
  const rules = useDemanded();
  const options = (policy.terms.items ?? []).map(({ code, name }) => ({ value: code, label: name }));
  return (
    <Form.List name={["inputs", "fees"]}>
      {(lines, { add, remove }) => (
        <>
          {lines.map(({ name, key }) => (
            <fieldset key={key} className="part">
              <legend>{t("fund.fee", { n: name + 1 })}</legend>
              {lines.length > 1 && <RemoveButton label={t("fund.feeAway", { n: name + 1 })} onClick={() => remove(name)} />}
              <div className="form-row">
                <Form.Item name={[name, "code"]} label={t("fund.feeName")} rules={rules}>
                  <Select options={options} />
                </Form.Item>
                <Form.Item name={[name, "standard_yuan"]} label={t("fund.standard")} rules={rules}>
                  <YuanInput />
                </Form.Item>
                <Form.Item name={[name, "cost_yuan"]} label={t("fund.cost")}>
                  <YuanInput />
                </Form.Item>
              </div>
            </fieldset>
          ))}
          <AddButton label={t("fund.addFee")} onClick={() => add({})} />
        </>
      )}
    </Form.List>
  );
}

function Taxes() {
  const t = useTexts();
  const rules = useDemanded();
  return (
    <>
      <Form.Item name={["inputs", "first_year"]} label={t("fund.firstYear")} rules={rules}>
        <InputNumber className="full" min={1990} max={2200} precision={0} inputMode="numeric" />
      </Form.Item>
      <Form.List name={["inputs", "years"]}>
        {(lines, { add, remove }) => (
          <>
            {lines.map(({ name, key }) => (
              <fieldset key={key} className="part">
                <legend>{t("fund.taxYear", { n: name + 1 })}</legend>
                {lines.length > 1 && <RemoveButton label={t("fund.taxYearAway", { n: name + 1 })} onClick={() => remove(name)} />}
                <div className="form-row">
                  <Form.Item name={[name, "year"]} label={t("fund.year")} rules={rules}>
                    <InputNumber className="full" min={1990} max={2200} precision={0} inputMode="numeric" />
                  </Form.Item>
                  <Form.Item name={[name, "paid_yuan"]} label={t("fund.taxPaid")} rules={rules}>
                    <YuanInput />
                  </Form.Item>
                </div>
              </fieldset>
            ))}
            <AddButton label={t("fund.addYear")} onClick={() => add({})} />
          </>
        )}
      </Form.List>
    </>
  );
}

function AddButton({ label, onClick }: { label: string; onClick: () => void }) {
  return (
    <Button className="gap-below" icon={<PlusOutlined aria-hidden />} onClick={onClick}>
      {label}
    </Button>
  );
}

function RemoveButton({ label, onClick }: { label: string; onClick: () => void }) {
  return <Button className="part-away" size="small" icon={<DeleteOutlined aria-hidden />} aria-label={label} onClick={onClick} />;
}
