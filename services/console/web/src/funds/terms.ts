/** A policy's terms as a sentence. */
import { number } from "../format";
import { term, text } from "../i18n/language";
import { yuan, type Policy } from "./data";

/** How much there is, by the kind of the policy. */
export function givenBy({ terms }: Policy): string {
  switch (terms.kind) {
    case "interest_subsidy":
      return [
        terms.rate_percent && text("terms.rate", { p: number(terms.rate_percent, 4) }),
        terms.share_percent && text("terms.shareOfRate", { p: number(terms.share_percent, 4) }),
        terms.max_days && text("terms.days", { n: terms.max_days }),
      ]
        .filter(Boolean)
        .join(text("list.comma"));
    case "guarantee":
      return text("terms.shareOfLoan", { p: number(terms.share_percent, 4) });
    case "special_fund":
      return text("terms.shareOfInvestment", { p: number(terms.share_percent, 4) });
    case "reward":
      return (terms.bands ?? [])
        .map((band) => {
          const parts = [Number(band.amount_yuan) > 0 && yuan(band.amount_yuan), Number(band.per_mille) > 0 && text("terms.perMille", { n: number(band.per_mille, 3) })];
          return text("terms.band", { figure: term("fact", terms.figure), from: number(band.from_value, 3), gives: parts.filter(Boolean).join(text("terms.and")) });
        })
        .join(text("list.comma"));
    case "fee_waiver":
      return (terms.items ?? []).map((it) => text("terms.fee", { name: it.name, treatment: term("treatment", it.treatment) })).join(text("list.and"));
    case "tax_return":
      return text("terms.tax", { n: terms.percents?.length ?? 0, percents: (terms.percents ?? []).map((it) => `${number(it, 4)}%`).join(text("list.and")) });
    case "quantity":
      return [
        text("terms.each", { unit: terms.unit ?? "", yuan: yuan(terms.per_unit_yuan) }),
        terms.max_units && text("terms.atMost", { n: number(terms.max_units, 3), unit: terms.unit ?? "" }),
      ]
        .filter(Boolean)
        .join(text("list.comma"));
  }
}
