"""Templates and rules of the red and black lists."""

from datetime import date
from decimal import Decimal
from typing import Annotated, Any
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from services.projects.bulletins.domain.content import SectionCode
from services.projects.bulletins.domain.lists import Colour, Comparison, Criterion, ListRule, SubjectKind
from services.projects.bulletins.domain.periods import BulletinKind
from services.projects.bulletins.domain.templates import Addressee, SectionChoice, Template
from services.projects.economy.schemas.types import Amount
from services.projects.registry.schemas import Code, RegionCode, example

Line = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=100)]
Title = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200)]
Names = Annotated[str, StringConstraints(strip_whitespace=True, max_length=1000)]
Word = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1, max_length=30, pattern=r"^[^〔〕\[\]\d]+$")
]
PostName = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,39}$")]


class AddresseeWrite(BaseModel):
    """A person, a unit, the holders of a post in a region, or a region's people; without ``region_code`` of the
    bulletin's own region."""

    model_config = ConfigDict(extra="forbid")

    person_id: UUID | None = None
    unit_id: UUID | None = None
    post: PostName | None = None
    region_code: RegionCode | None = None
    include_below: bool = False

    def addressee(self) -> Addressee:
        return Addressee(
            person_id=None if self.person_id is None else str(self.person_id),
            unit_id=None if self.unit_id is None else str(self.unit_id),
            post=self.post,
            region_code=self.region_code,
            include_below=self.include_below,
        )


Recipients = Annotated[list[AddresseeWrite], Field(max_length=500)]


class SectionWrite(BaseModel):
    """``options``: ``indicators`` (codes) of economy, ``max_rows`` of targets and projects."""

    model_config = ConfigDict(extra="forbid")

    code: SectionCode
    indicators: list[Code] | None = Field(default=None, max_length=20)
    max_rows: int | None = Field(default=None, ge=1, le=500)

    def choice(self) -> SectionChoice:
        said: dict[str, Any] = {"indicators": self.indicators, "max_rows": self.max_rows}
        return SectionChoice(self.code, {name: value for name, value in said.items() if value is not None})


class _DatedWrite(BaseModel):
    region_code: RegionCode | None = Field(default=None, description="Null: everywhere.")
    valid_from: date | None = Field(default=None, description="Today if absent.")
    valid_to: date | None = Field(default=None, description="The first day on which it does not hold any more.")

    def validity(self, today: date) -> dict[str, Any]:
        return {
            "region_code": self.region_code,
            "valid_from": self.valid_from or today,
            "valid_to": self.valid_to,
        }


class TemplateWrite(_DatedWrite):
    """What bulletins of a kind look like. Titles hold {period}, {until} and {region}; a line break where a long
    title may be broken."""

    model_config = example(
        region_code="421224",
        kind="month",
        organ="通山县工业经济领导小组办公室文件",
        signer="通山县工业经济领导小组办公室",
        number_word="通工经通报",
        title_zh="关于{until}\n{region}工业经济运行情况的通报",
        title_en="The industrial economy of {region}, {until}",
        addressees="各乡镇人民政府，县直有关单位：",
        copies="抄送：县委办公室，县政府办公室。",
        sections=[{"code": "economy", "indicators": ["output_value", "value_added"]}, {"code": "lists"}],
        recipients=[{"include_below": True}],
        confirm_days=2,
    )

    kind: BulletinKind
    organ: Line = Field(description="发文机关标志, the red head.")
    signer: Line = Field(description="发文机关署名.")
    number_word: Word = Field(description="机关代字 of the number; numbers run for each of them and year.")
    title_zh: Title
    title_en: Title
    addressees: Names = Field(default="", description="主送机关, with its colon.")
    copies: Names = Field(default="", description="抄送机关.")
    sections: list[SectionWrite] = Field(min_length=1, max_length=len(SectionCode))
    recipients: Recipients = Field(default_factory=list)
    confirm_days: int = Field(default=2, ge=1, le=60, description="Working days to confirm the receipt.")

    def template(self, today: date) -> Template:
        return Template(
            **self.validity(today),
            kind=self.kind,
            organ=self.organ,
            signer=self.signer,
            number_word=self.number_word,
            title_zh=self.title_zh,
            title_en=self.title_en,
            addressees=self.addressees,
            copies=self.copies,
            sections=tuple(one.choice() for one in self.sections),
            recipients=tuple(one.addressee() for one in self.recipients),
            confirm_days=self.confirm_days,
        )


class TemplateRead(BaseModel):
    model_config = ConfigDict(from_attributes=True)

    id: UUID
    version: int
    region_code: str | None
    valid_from: date
    valid_to: date | None
    kind: BulletinKind
    organ: str
    signer: str
    number_word: str
    title_zh: str
    title_en: str
    addressees: str
    copies: str
    sections: list[dict[str, Any]]
    recipients: list[dict[str, Any]]
    confirm_days: int


class ListRuleWrite(_DatedWrite):
    """Who stands on a list. ``threshold`` is in the criterion's unit: place, percent, points, days."""

    model_config = example(
        region_code="421224",
        code="township_fast",
        colour="red",
        criterion="growth",
        comparison="at_least",
        subject="township",
        threshold="20",
        reason_zh="工业总产值同比增速领先",
        reason_en="output grew fastest",
        most=3,
    )

    code: Code
    colour: Colour
    criterion: Criterion
    comparison: Comparison
    subject: SubjectKind | None = None
    threshold: Annotated[Decimal, Field(max_digits=18, decimal_places=6)] | None = None
    min_amount: Annotated[Decimal, Field(ge=0, max_digits=18, decimal_places=6)] | None = Field(
        default=None, description="Smaller ones are left out; of growth the amount that grew."
    )
    kinds: list[str] = Field(default_factory=list, max_length=40, description="Kinds of conditions; all if empty.")
    min_level: int = Field(default=1, ge=1, le=3)
    most: int = Field(default=20, ge=1, le=200)
    reason_zh: Line
    reason_en: Line
    active: bool = True

    def rule(self, today: date) -> ListRule:
        facts: dict[str, Any] = {name: getattr(self, name) for name in ListRuleWrite.model_fields}
        return ListRule(**facts | self.validity(today) | {"kinds": tuple(self.kinds)})


class ListRuleRead(BaseModel):
    model_config = ConfigDict(from_attributes=True)

    id: UUID
    version: int
    region_code: str | None
    valid_from: date
    valid_to: date | None
    code: str
    colour: Colour
    criterion: Criterion
    comparison: Comparison
    subject: SubjectKind | None
    threshold: Amount | None
    min_amount: Amount | None
    kinds: list[str]
    min_level: int
    most: int
    reason_zh: str
    reason_en: str
    active: bool
