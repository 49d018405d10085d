"""Reviews: what is taken and answered."""

from datetime import date
from decimal import Decimal
from typing import Annotated
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, Field, StringConstraints

from libs.common.security.principal import Principal
from services.projects.gate.domain import reviews
from services.projects.gate.domain.reviews import Opinion, Review, ReviewStatus, Verdict
from services.projects.gate.domain.standards import IntensityBasis, ReviewKind, Standing
from services.projects.gate.schemas.rules import Intensity, ProductUnit
from services.projects.gate.tables import GateReviewRow
from services.projects.ledger.schemas import FieldChangeRead, Reason, Text
from services.projects.registry.schemas import Name, example

DocumentRef = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=300)]
DocumentRefs = Annotated[list[DocumentRef], Field(max_length=100)]
DocumentNo = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200)]


class ReviewCreate(BaseModel):
    model_config = example(
        project_id="01926f4e-7f00-7000-8000-000000000101", review="energy", opened_on="2026-09-01"
    )

    project_id: UUID
    review: ReviewKind
    opened_on: date | None = Field(default=None, description="Today if absent.")
    summary: Text = ""
    documents: DocumentRefs = Field(default_factory=list, description="Numbers or ids of the papers.")


class ReviewUpdate(BaseModel):
    """Fields that are left out stay as they are."""

    model_config = example(documents=["节能报告（送审稿）"])

    summary: Text = Field(default_factory=str)
    documents: DocumentRefs = Field(default_factory=list)

    def changed(self, review: Review) -> tuple[str, tuple[str, ...]]:
        """Summary and papers after the change."""
        said = self.model_fields_set
        documents = tuple(self.documents) if "documents" in said else review.documents
        return (self.summary if "summary" in said else review.summary, documents)


class ExpertCreate(BaseModel):
    """Whoever is on the panel has declared whether there is a conflict of interest."""

    model_config = example(
        name="李工（演示）", organisation="省节能中心", expertise="冶金工艺", has_conflict=False
    )

    name: Name
    organisation: Name
    expertise: Name
    has_conflict: bool
    conflict: Text = Field(
        default="", description="What it is, for has_conflict; such an expert gives no opinion."
    )

    def expert(self, expert_id: UUID) -> reviews.Expert:
        conflict = (self.conflict or "declared") if self.has_conflict else None
        return reviews.Expert(expert_id, self.name, self.organisation, self.expertise, conflict)


class OpinionPut(BaseModel):
    model_config = example(opinion="agree", text="工艺先进，能效达到准入值", on="2026-09-10")

    opinion: Opinion
    text: Text = ""
    on: date


class EnergyPut(BaseModel):
    """What the project will use: tce per 万元 of output value, or per unit of product."""

    model_config = example(intensity="0.52", basis="output_value", annual_tce="4200")

    intensity: Intensity
    basis: IntensityBasis
    product_unit: ProductUnit = ""
    annual_tce: Annotated[Decimal, Field(gt=0, max_digits=18, decimal_places=3)] | None = None

    def facts(self) -> reviews.EnergyFacts:
        return reviews.EnergyFacts(**self.model_dump())


class ConclusionCreate(BaseModel):
    """The verdict. A conditional pass names its conditions, a fail its reason, in ``text``."""

    model_config = example(verdict="pass", issued_on="2026-09-12", document_no="通发改能审〔2026〕8号")

    verdict: Verdict
    issued_on: date
    document_no: DocumentNo
    text: Reason | None = None
    valid_until: date | None = Field(default=None, description="The longest the standard allows if absent.")

    def given(self) -> reviews.Conclusion:
        return reviews.Conclusion(**self.model_dump())


class Fulfilment(BaseModel):
    model_config = example(on="2026-09-14", note="余热回收装置已验收")

    on: date
    note: Reason


class Revocation(BaseModel):
    model_config = example(on="2026-09-14", reason="the report named another process")

    on: date
    reason: Reason


class ExpertRead(BaseModel):
    id: UUID
    name: str
    organisation: str
    expertise: str
    conflict: str | None = Field(description="The declared conflict of interest; null: none.")
    opinion: Opinion | None
    opinion_text: str
    opined_on: date | None


class EnergyRead(BaseModel):
    intensity: Decimal
    basis: IntensityBasis
    product_unit: str
    annual_tce: Decimal | None


class MeasuredRead(BaseModel):
    """The benchmark the intensity is held against; of a concluded review the one of its verdict."""

    standing: Standing
    sector_code: str | None
    limit_value: Decimal | None
    entry_value: Decimal | None
    advanced_value: Decimal | None
    source: str


class ReviewRead(BaseModel):
    id: UUID
    code: str
    project_id: UUID
    review: ReviewKind
    status: ReviewStatus
    opened_on: date
    summary: str
    documents: list[str]
    experts: list[ExpertRead] = Field(description="Empty for an enterprise: the panel is not named to it.")
    energy: EnergyRead | None
    measured: MeasuredRead | None
    verdict: Verdict | None
    document_no: str | None
    conclusion: str | None = Field(description="Conditions, or why it failed.")
    issued_on: date | None
    valid_until: date | None
    fulfilled_on: date | None
    fulfilment_note: str | None
    revoked_on: date | None
    revocation_reason: str | None
    version: int
    created_at: AwareDatetime
    updated_at: AwareDatetime

    @classmethod
    def of(
        cls, row: GateReviewRow, review: Review, principal: Principal, measured: reviews.Measured | None = None
    ) -> "ReviewRead":
        """``measured`` stands in while the review is open."""
        own = {name: getattr(review, name) for name in cls.model_fields if hasattr(review, name)}
        own["measured"] = review.measured or measured
        if principal.is_enterprise_bound:
            own["experts"] = []
        row_facts = {"version": row.version, "created_at": row.created_at, "updated_at": row.updated_at}
        return cls.model_validate(own | row_facts, from_attributes=True)


class GateChangeRead(BaseModel):
    """One step: who, when, why, and what it changed."""

    version: int
    at: AwareDatetime
    actor: str
    actor_role: str
    action: str
    reason: str
    changes: list[FieldChangeRead]
