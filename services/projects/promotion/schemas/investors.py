"""Investors, ties and referrals."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, Field, StringConstraints

from libs.common.security.principal import Principal
from services.projects.ledger.schemas import Reason, Text, Yuan
from services.projects.promotion.domain.investors import InvestorKind, Origin, TieKind, origin_of
from services.projects.promotion.service.credits import ChainNode
from services.projects.promotion.service.investors import InvestorDraft
from services.projects.promotion.tables import InvestorRow
from services.projects.registry.contacts import sees_phones
from services.projects.registry.domain.records import mask_phone
from services.projects.registry.schemas import CreditCode, Name, Phone, RegionCode, Versioned, example

Country = Annotated[
    str,
    StringConstraints(pattern=r"^[A-Z]{2}$"),
    Field(description="ISO 3166-1; CN is at home, all others (HK, MO and TW too) count as foreign funds."),
]
Contact = Annotated[str, StringConstraints(strip_whitespace=True, max_length=200)]
Evidence = Annotated[
    str,
    StringConstraints(strip_whitespace=True, max_length=500),
    Field(description="The paper that shows it; required for an earlier day."),
]
RegisteredOn = Annotated[
    date | None,
    Field(description="Today if absent. An earlier day is entered by a supervisor, with evidence."),
]


class InvestorCreate(BaseModel):
    model_config = example(
        kind="person", name="浙江投资人甲（演示）", origin_region_code="330000", region_code="421224"
    )

    kind: InvestorKind
    name: Name
    region_code: RegionCode = Field(description="The office that keeps the investor.")
    origin_country: Country = "CN"
    origin_region_code: RegionCode | None = Field(default=None, description="Province, city or county at home.")
    credit_code: CreditCode | None = None
    person_id: UUID | None = Field(default=None, description="The person of the registry that this investor is.")
    enterprise_id: UUID | None = Field(default=None, description="The enterprise that this investor is.")
    contact_name: Contact = ""
    contact_phone: Phone | None = None
    note: Text = ""

    def draft(self) -> InvestorDraft:
        return InvestorDraft(**self.model_dump())


class InvestorUpdate(BaseModel):
    """Fields that are left out stay as they are."""

    model_config = example(contact_name="李先生（演示）")

    kind: InvestorKind = Field(default_factory=lambda: InvestorKind.PERSON)
    name: Name = Field(default_factory=str)
    region_code: RegionCode = Field(default_factory=str)
    origin_country: Country = Field(default_factory=str)
    origin_region_code: RegionCode | None = None
    credit_code: CreditCode | None = None
    person_id: UUID | None = None
    enterprise_id: UUID | None = None
    contact_name: Contact = Field(default_factory=str)
    contact_phone: Phone | None = None
    note: Text = Field(default_factory=str)

    def facts(self) -> dict[str, Any]:
        return self.model_dump(exclude_unset=True)


class InvestorRead(Versioned):
    id: UUID
    kind: InvestorKind
    name: str
    region_code: str
    origin_country: str
    origin_region_code: str | None
    origin: Origin
    credit_code: str | None
    person_id: UUID | None
    enterprise_id: UUID | None
    contact_name: str
    contact_phone: str | None = Field(description="Masked where the caller may not see it.")
    note: str
    created_at: AwareDatetime

    @classmethod
    def of(cls, row: InvestorRow, principal: Principal) -> InvestorRead:
        phone = row.contact_phone if sees_phones(principal.role) else mask_phone(row.contact_phone)
        return cls.model_validate(
            row.model_dump() | {"origin": origin_of(row.origin_country), "contact_phone": phone}
        )


class TieWrite(BaseModel):
    model_config = example(kind="legal_representative")

    kind: TieKind


class TieRead(BaseModel):
    investor_id: UUID
    name: str
    kind: TieKind
    recorded_at: AwareDatetime
    recorded_by: str


class TieList(BaseModel):
    items: list[TieRead]


class ReferralCreate(BaseModel):
    model_config = example(
        introducer_id="01926f4e-7f00-7000-8000-000000000701",
        introduced_id="01926f4e-7f00-7000-8000-000000000702",
        note="同乡",
    )

    introducer_id: UUID
    introduced_id: UUID
    registered_on: RegisteredOn = None
    evidence: Evidence = ""
    note: Text = ""


class Withdrawal(BaseModel):
    model_config = example(reason="登记有误")

    reason: Reason


class ReferralRead(Versioned):
    id: UUID
    introducer_id: UUID
    introduced_id: UUID
    registered_on: date
    evidence: str
    note: str
    recorded_at: AwareDatetime
    recorded_by: str
    withdrawn_at: AwareDatetime | None
    withdrawn_by: str | None
    withdrawal_reason: str | None


class ChainProjectRead(BaseModel):
    project_id: UUID
    code: str
    name: str
    stage: str
    signed_on: date | None
    verified_funds_yuan: Yuan | None = Field(description="Null: nothing verified has arrived.")


class ChainNodeRead(BaseModel):
    """An investor of the chain; one met before is shown ``again``, without what follows."""

    investor_id: UUID
    name: str
    kind: InvestorKind
    origin_region_code: str | None
    again: bool
    projects: list[ChainProjectRead]
    chain_projects: int = Field(description="Of this investor and all below.")
    chain_funds_yuan: Yuan | None
    introduced: list[ChainNodeRead]

    @classmethod
    def of(cls, node: ChainNode) -> ChainNodeRead:
        projects = [
            {
                "project_id": one.row.id,
                "code": one.row.code,
                "name": one.row.name,
                "stage": one.row.stage,
                "signed_on": one.row.signed_on,
                "verified_funds_yuan": one.verified_funds_yuan,
            }
            for one in node.projects
        ]
        return cls.model_validate(
            {
                "investor_id": node.investor.id,
                "name": node.investor.name,
                "kind": node.investor.kind,
                "origin_region_code": node.investor.origin_region_code,
                "again": node.again,
                "projects": projects,
                "chain_projects": node.chain_projects,
                "chain_funds_yuan": node.chain_funds_yuan,
                "introduced": [cls.of(child) for child in node.children],
            }
        )


class ReferralTreeRead(BaseModel):
    as_of: date
    root: ChainNodeRead
