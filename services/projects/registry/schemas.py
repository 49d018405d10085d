"""What the registry takes and answers."""

from datetime import date
from typing import Annotated, Any
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, StringConstraints, computed_field

from libs.common.security.principal import Principal
from services.projects.registry.contacts import sees_phones
from services.projects.registry.domain.records import (
    CalendarDayDraft,
    EnterpriseDraft,
    PersonDraft,
    Post,
    RegionDraft,
    UnitDraft,
    mask_phone,
)
from services.projects.registry.tables import EnterpriseRow, PersonRow

Name = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200)]
Code = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$")]
CreditCode = Annotated[
    str, Field(description="Unified social credit code (GB 32100), 18 characters.", max_length=40)
]
RegionCode = Annotated[
    str, Field(description="GB/T 2260, six digits; nine for a township.", examples=["421224101"], max_length=9)
]
SectorCode = Annotated[
    str,
    StringConstraints(pattern=r"^(?:[A-T][0-9]{0,4}|[0-9]{2,4})$"),
    Field(description="GB/T 4754-2017, with or without the letter of its section.", examples=["3140"]),
]
Email = Annotated[str, StringConstraints(pattern=r"^[^@\s]+@[^@\s]+$", max_length=254)]
Phone = Annotated[str, StringConstraints(pattern=r"^\+?[0-9 -]{3,24}$")]


def example(**value: Any) -> ConfigDict:
    """A strict request model with an example for the OpenAPI document."""
    return ConfigDict(extra="forbid", json_schema_extra={"examples": [value]})


def _unsaid(placeholder: Any) -> Any:
    # A field that may be left out of a PATCH but not be null; the placeholder is never read, and a factory keeps
    # it out of the OpenAPI document, where it would look like a default.
    return Field(default_factory=lambda: placeholder)


class Versioned(BaseModel):
    version: int
    updated_at: AwareDatetime


class RegionWrite(BaseModel):
    model_config = example(name="通山县", default_post="officer")

    name: Name
    default_post: Post = Field(default=Post.OFFICER, description="Takes alerts whose unit is unknown.")

    def draft(self) -> RegionDraft:
        return RegionDraft(self.name, self.default_post)


class RegionRead(Versioned):
    code: str
    name: str
    default_post: Post


class UnitWrite(BaseModel):
    model_config = example(name="通山县工业经济办公室", region_code="421224")

    name: Name
    region_code: RegionCode

    def draft(self) -> UnitDraft:
        return UnitDraft(self.name, self.region_code)


class UnitCreate(UnitWrite):
    model_config = example(code="421224-GJ", name="通山县工业经济办公室", region_code="421224")

    code: Code


class UnitUpdate(BaseModel):
    model_config = example(name="通山县经济和信息化局")

    name: Name = _unsaid("")
    region_code: RegionCode = _unsaid("")


class UnitRead(Versioned):
    unit_id: UUID
    code: str
    name: str
    region_code: str

    @computed_field(description="The same as unit_id.")  # type: ignore[prop-decorator]
    @property
    def id(self) -> UUID:
        return self.unit_id


class PersonWrite(BaseModel):
    model_config = example(
        name="陈建国（演示）",
        unit_id="01926f4e-7f00-7000-8000-000000000001",
        region_code="421224",
        post="officer",
        email="officer-421224@demo.invalid",
    )

    name: Name
    unit_id: UUID
    region_code: RegionCode
    post: Post
    email: Email | None = None
    phone: Phone | None = None
    active: bool = True

    def draft(self) -> PersonDraft:
        return PersonDraft(**self.model_dump(exclude={"code"}))


class PersonCreate(PersonWrite):
    code: Code | None = Field(default=None, description="A staff number; made up by the service if absent.")


class PersonUpdate(BaseModel):
    model_config = example(post="leader")

    name: Name = _unsaid("")
    unit_id: UUID = _unsaid(UUID(int=0))
    region_code: RegionCode = _unsaid("")
    post: Post = _unsaid(Post.OFFICER)
    email: Email | None = _unsaid(None)
    phone: Phone | None = _unsaid(None)
    active: bool = _unsaid(True)


class PersonRead(Versioned):
    person_id: UUID
    code: str
    name: str
    unit_id: UUID
    region_code: str
    post: Post
    email: str | None
    phone: str | None = Field(description="Masked but for its last four digits where the caller may not see it.")
    active: bool

    @computed_field(description="The same as person_id.")  # type: ignore[prop-decorator]
    @property
    def id(self) -> UUID:
        return self.person_id

    @classmethod
    def of(cls, row: PersonRow, principal: Principal) -> "PersonRead":
        read = cls.disclosed(row)
        if sees_phones(principal.role):
            return read
        return read.model_copy(update={"phone": mask_phone(read.phone)})

    @classmethod
    def disclosed(cls, row: PersonRow) -> "PersonRead":
        """With the number in full."""
        return cls.model_validate(row, from_attributes=True)


class DisclosureWrite(BaseModel):
    model_config = example(reason="核实联系方式")

    reason: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=500)]


class EnterpriseWrite(BaseModel):
    model_config = example(
        name="通山南林桥冶金辅料（演示）", region_code="421224101", sector_code="3140", key_energy_user=True
    )

    name: Name
    region_code: RegionCode
    sector_code: SectorCode
    key_energy_user: bool = False

    def draft(self) -> EnterpriseDraft:
        return EnterpriseDraft(**self.model_dump(exclude={"credit_code"}))


class EnterpriseCreate(EnterpriseWrite):
    model_config = example(
        credit_code="91350100M000100Y43", name="示例企业（演示）", region_code="421224101", sector_code="3140"
    )

    credit_code: CreditCode


class EnterpriseUpdate(BaseModel):
    model_config = example(key_energy_user=True)

    name: Name = _unsaid("")
    region_code: RegionCode = _unsaid("")
    sector_code: SectorCode = _unsaid("")
    key_energy_user: bool = _unsaid(False)


class EnterpriseRead(Versioned):
    enterprise_id: UUID
    credit_code: str
    name: str
    region_code: str
    sector_code: str
    key_energy_user: bool

    @computed_field(description="The same as enterprise_id.")  # type: ignore[prop-decorator]
    @property
    def id(self) -> UUID:
        return self.enterprise_id


class CalendarDayWrite(BaseModel):
    model_config = example(working=True, note="调休")

    working: bool
    note: Annotated[str, StringConstraints(max_length=200)] = ""

    def draft(self) -> CalendarDayDraft:
        return CalendarDayDraft(self.working, self.note)


class CalendarDayRead(Versioned):
    on: date
    working: bool
    note: str


class CalendarDays(BaseModel):
    items: list[CalendarDayRead]


def unit_draft(row: Any, update: UnitUpdate) -> UnitDraft:
    """The unit's draft after a partial change."""
    return UnitDraft(**_merged(row, UnitDraft, update))


def person_draft(row: PersonRow, update: PersonUpdate) -> PersonDraft:
    """The person's draft after a partial change."""
    facts = _merged(row, PersonDraft, update)
    return PersonDraft(**{**facts, "post": Post(facts["post"])})


def enterprise_draft(row: EnterpriseRow, update: EnterpriseUpdate) -> EnterpriseDraft:
    """The enterprise's draft after a partial change."""
    return EnterpriseDraft(**_merged(row, EnterpriseDraft, update))


def _merged(row: Any, draft: Any, update: BaseModel) -> dict[str, Any]:
    known = {name: getattr(row, name) for name in draft.__dataclass_fields__}
    return known | update.model_dump(exclude_unset=True)
