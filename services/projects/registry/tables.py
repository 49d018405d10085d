"""Tables of the registry."""

from datetime import date
from uuid import UUID

from sqlmodel import Field

from services.projects.database import PublishedTable


class RegionRow(PublishedTable, table=True):
    __tablename__ = "region"

    code: str = Field(primary_key=True)
    name: str
    default_post: str


class UnitRow(PublishedTable, table=True):
    __tablename__ = "unit"

    unit_id: UUID = Field(primary_key=True)
    code: str = Field(unique=True)
    name: str
    region_code: str = Field(foreign_key="region.code", index=True)


class PersonRow(PublishedTable, table=True):
    __tablename__ = "person"

    person_id: UUID = Field(primary_key=True)
    code: str = Field(unique=True)
    name: str
    unit_id: UUID = Field(foreign_key="unit.unit_id", index=True)
    region_code: str = Field(foreign_key="region.code", index=True)
    post: str
    email: str | None = None
    phone: str | None = None
    active: bool


class EnterpriseRow(PublishedTable, table=True):
    __tablename__ = "enterprise"

    enterprise_id: UUID = Field(primary_key=True)
    credit_code: str = Field(unique=True)
    name: str
    region_code: str = Field(foreign_key="region.code", index=True)
    sector_code: str
    key_energy_user: bool


class CalendarDayRow(PublishedTable, table=True):
    __tablename__ = "calendar_day"

    on: date = Field(primary_key=True)
    working: bool
    note: str
