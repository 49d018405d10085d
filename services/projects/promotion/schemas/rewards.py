"""Promotion of projects, credit, reward rules and awards."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Annotated, Any
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, StringConstraints

from services.projects.ledger.domain.project import Channel
from services.projects.ledger.schemas import Amount, Reason, Text, Yuan
from services.projects.parks.domain.shares import percent_of
from services.projects.promotion.domain.investors import Origin
from services.projects.promotion.domain.rewards import AwardState, Band, RewardRule
from services.projects.promotion.schemas.leads import IntroducerList, IntroducerRead
from services.projects.promotion.service.credits import CreditStatement
from services.projects.promotion.service.promotions import Promotion
from services.projects.promotion.service.rewarding import RewardStatement
from services.projects.promotion.tables import AwardRow, RewardRuleRow
from services.projects.registry.schemas import RegionCode, Versioned, example

SignedYuan = Annotated[Decimal, Field(max_digits=18, decimal_places=0, description="Whole yuan.")]
PerMille = Annotated[Decimal, Field(gt=0, le=1000, max_digits=7, decimal_places=3)]
_MILLE = 1000


class PromotionWrite(IntroducerList):
    """Investor and introducers of a project, stated whole."""

    model_config = example(
        investor_id="01926f4e-7f00-7000-8000-000000000702",
        introducers=[{"investor_id": "01926f4e-7f00-7000-8000-000000000701", "basis_points": 10_000}],
    )

    investor_id: UUID | None = None


class RewardLine(BaseModel):
    """``due_yuan`` is what the next computation proposes; negative: to be paid back."""

    investor_id: UUID | None
    person_id: UUID | None
    name: str
    basis_points: int | None
    entitled_yuan: Yuan
    awarded_yuan: SignedYuan
    due_yuan: SignedYuan


class RewardRead(BaseModel):
    as_of: date
    verified_funds_yuan: Yuan | None = Field(description="Null: nothing verified has arrived.")
    rule_id: UUID | None = Field(description="The rule promised when the project was signed; null if none was.")
    reward_yuan: Yuan
    lines: list[RewardLine]

    @classmethod
    def of(cls, statement: RewardStatement, names: dict[UUID, str]) -> RewardRead:
        everybody = {**statement.shares, **statement.awarded}
        lines = [
            RewardLine(
                investor_id=one.investor_id,
                person_id=one.person_id,
                name=names.get(one.party, ""),
                basis_points=statement.shares.get(one),
                entitled_yuan=Decimal(statement.entitled.get(one, 0)),
                awarded_yuan=Decimal(statement.awarded.get(one, 0)),
                due_yuan=Decimal(statement.due.get(one, 0)),
            )
            for one in sorted(everybody, key=lambda one: str(one.party))
        ]
        funds = statement.funds_yuan
        return cls(
            as_of=statement.as_of,
            verified_funds_yuan=None if funds is None else Decimal(funds),
            rule_id=statement.rule_id,
            reward_yuan=Decimal(statement.reward_yuan),
            lines=lines,
        )


class PromotionRead(BaseModel):
    """Where a project came from. ``version`` 0: nothing is recorded yet."""

    project_id: UUID
    investor_id: UUID | None
    investor_name: str | None
    lead_id: UUID | None
    introducers: list[IntroducerRead]
    reward: RewardRead | None
    version: int

    @classmethod
    def of(cls, promotion: Promotion, names: dict[UUID, str], statement: RewardStatement | None) -> PromotionRead:
        row = promotion.row
        investor_id = None if row is None else row.investor_id
        return cls(
            project_id=promotion.project.id,
            investor_id=investor_id,
            investor_name=None if investor_id is None else names.get(investor_id),
            lead_id=None if row is None else row.lead_id,
            introducers=[IntroducerRead.of(one, names) for one in promotion.introductions],
            reward=None if statement is None else RewardRead.of(statement, names),
            version=0 if row is None else row.version,
        )


class CreditRowRead(BaseModel):
    project_id: UUID
    project_code: str
    project_name: str
    signed_on: date | None
    basis_points: int
    percent: str
    verified_funds_yuan: Yuan | None
    credit_yuan: Yuan | None


class CreditRead(BaseModel):
    """``place`` and ``credit_yuan`` are null while nothing verified stands behind."""

    place: int | None
    investor_id: UUID | None
    person_id: UUID | None
    name: str
    credit_yuan: Yuan | None
    rows: list[CreditRowRead]


class CreditStatementRead(BaseModel):
    as_of: date
    items: list[CreditRead]

    @classmethod
    def of(cls, statement: CreditStatement) -> CreditStatementRead:
        items = []
        for one in statement.credits:
            rows = []
            for row in one.rows:
                project = statement.projects[row.project_id]
                rows.append(
                    {
                        "project_id": row.project_id,
                        "project_code": project.code,
                        "project_name": project.name,
                        "signed_on": project.signed_on,
                        "basis_points": row.basis_points,
                        "percent": percent_of(row.basis_points),
                        "verified_funds_yuan": row.funds_yuan,
                        "credit_yuan": row.credit_yuan,
                    }
                )
            items.append(
                {
                    "place": one.place,
                    "investor_id": one.introducer.investor_id,
                    "person_id": one.introducer.person_id,
                    "name": statement.names.get(one.introducer.party, ""),
                    "credit_yuan": one.credit_yuan,
                    "rows": rows,
                }
            )
        return cls.model_validate({"as_of": statement.as_of, "items": items})


class BandWrite(BaseModel):
    model_config = ConfigDict(extra="forbid")

    from_yuan: Yuan = Field(description="Lower edge, inclusive.")
    per_mille: PerMille


class RewardRuleWrite(BaseModel):
    """So many per mille of a project's verified funds, by band; for projects signed while the rule holds."""

    model_config = example(
        region_code="421224",
        bands=[{"from_yuan": "10000000", "per_mille": "1"}, {"from_yuan": "50000000", "per_mille": "2"}],
        cap_yuan="500000",
        valid_from="2025-01-01",
        basis="县招商引资奖励办法",
    )

    channel: Channel | None = Field(default=None, description="Null: any.")
    origin: Origin | None = Field(default=None, description="Null: any.")
    bands: Annotated[list[BandWrite], Field(min_length=1, max_length=20)]
    progressive: bool = Field(
        default=False, description="Each slice by its own band, else all by the one reached."
    )
    cap_yuan: Amount | None = Field(default=None, description="Of one project.")
    region_code: RegionCode | None = Field(default=None, description="Null: everywhere.")
    valid_from: date | None = Field(default=None, description="First day; today if absent.")
    valid_to: date | None = Field(default=None, description="Day after the last; until the next rule if absent.")
    basis: Annotated[str, StringConstraints(strip_whitespace=True, max_length=500)] = ""

    def rule(self, today: date) -> RewardRule:
        return RewardRule(
            channel=self.channel,
            origin=self.origin,
            bands=tuple(Band(int(band.from_yuan), int(band.per_mille * _MILLE)) for band in self.bands),
            progressive=self.progressive,
            cap_yuan=None if self.cap_yuan is None else int(self.cap_yuan),
            region_code=self.region_code,
            valid_from=self.valid_from or today,
            valid_to=self.valid_to,
            basis=self.basis,
        )


class BandRead(BaseModel):
    from_yuan: Yuan
    per_mille: Decimal


class RewardRuleRead(Versioned):
    id: UUID
    channel: Channel | None
    origin: Origin | None
    bands: list[BandRead]
    progressive: bool
    cap_yuan: Yuan | None
    region_code: str | None
    valid_from: date
    valid_to: date | None
    basis: str

    @classmethod
    def of(cls, row: RewardRuleRow) -> RewardRuleRead:
        bands: list[dict[str, Any]] = [
            {"from_yuan": band["from_yuan"], "per_mille": Decimal(band["per_million"]) / _MILLE}
            for band in row.bands
        ]
        return cls.model_validate(row.model_dump() | {"bands": bands})


class AwardComputation(BaseModel):
    """Of one project, of a region's projects, or of all the caller reaches."""

    model_config = example(as_of="2026-09-15")

    as_of: date | None = Field(default=None, description="Funds arrived by this day; today if absent.")
    project_id: UUID | None = None
    region_code: RegionCode | None = None


class AwardDecision(BaseModel):
    model_config = example(note="到位资金已核实")

    note: Text = ""


class AwardRejection(BaseModel):
    model_config = example(reason="介绍人身份待核")

    reason: Reason


class AwardPayment(BaseModel):
    model_config = example(paid_on="2026-09-30", reference="财政支付凭证 2026-0930")

    paid_on: date
    reference: Reason


class AwardRead(Versioned):
    """``amount_yuan`` = ``entitled_yuan`` - ``awarded_before_yuan``; negative: to be paid back."""

    id: UUID
    project_id: UUID
    region_code: str
    investor_id: UUID | None
    person_id: UUID | None
    as_of: date
    verified_funds_yuan: Yuan
    basis_points: int | None
    rule_id: UUID | None
    project_reward_yuan: Yuan
    entitled_yuan: Yuan
    awarded_before_yuan: SignedYuan
    amount_yuan: SignedYuan
    state: AwardState
    proposed_at: AwareDatetime
    proposed_by: str
    decided_on: date | None
    decided_by: str | None
    decision_note: str | None
    paid_on: date | None
    payment_reference: str | None
    paid_by: str | None

    @classmethod
    def of(cls, row: AwardRow) -> AwardRead:
        return cls.model_validate(row.model_dump())


class AwardList(BaseModel):
    items: list[AwardRead]
