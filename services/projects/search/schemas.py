"""What the search and saved filters take and answer."""

from enum import StrEnum
from typing import Annotated, Any
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, StringConstraints

from services.projects.registry.schemas import Name, RegionCode, example
from services.projects.search.domain.saved_filters import SavedFilterDraft, Visibility
from services.projects.search.service.saved_filters import LISTS
from services.projects.search.service.searching import Hit
from services.projects.search.tables import SavedFilterRow
from services.projects.search_index.domain.entry import EntryType

SavedEntity = StrEnum("SavedEntity", {name.upper().replace("-", "_"): name for name in sorted(LISTS)})  # type: ignore[misc]
QueryString = Annotated[
    str,
    StringConstraints(strip_whitespace=True, max_length=2000),
    Field(description="As after the list's ?, without limit and cursor: filter[…], sort, fields."),
]


class PartRead(BaseModel):
    """A piece of text; ``hit`` marks what was looked for."""

    model_config = ConfigDict(from_attributes=True)

    text: str
    hit: bool


class SearchHitRead(BaseModel):
    """Something found, most fitting first: called so, then by its title and code, then by its text."""

    type: EntryType
    id: UUID
    code: str
    title: str
    path: str = Field(description="Where it is read.")
    region_code: str | None
    enterprise_id: UUID | None
    project_id: UUID | None
    tier: int = Field(description="0 is called or numbered so, 1 found by title and code, 2 by its text.")
    title_parts: list[PartRead]
    snippet_parts: list[PartRead] = Field(description="The piece of the text around the first hit.")

    @classmethod
    def of(cls, hit: Hit) -> "SearchHitRead":
        entry = hit.entry
        return cls(
            type=entry.type,
            id=entry.id,
            code=entry.code,
            title=entry.title,
            path=entry.path,
            region_code=entry.region_code,
            enterprise_id=entry.enterprise_id,
            project_id=entry.project_id,
            tier=hit.tier,
            title_parts=[PartRead.model_validate(part) for part in hit.title],
            snippet_parts=[PartRead.model_validate(part) for part in hit.snippet],
        )


class RebuildCreate(BaseModel):
    model_config = example(types=["project"], anew=False)

    types: list[EntryType] = Field(default_factory=list, description="All if empty.")
    anew: bool = Field(default=False, description="Write also the entries that seem right.")


class RebuildRead(BaseModel):
    model_config = ConfigDict(from_attributes=True)

    seen: int = Field(description="Things looked at.")
    written: int
    removed: int = Field(description="Entries of things that are no more.")


class SavedFilterCreate(BaseModel):
    model_config = example(
        name="开工逾期的风电项目",
        entity="projects",
        query="filter[stage][eq]=signed&filter[sector_code][prefix]=44&sort=-signed_on",
        visibility="region",
        region_code="421224",
    )

    name: Name
    entity: SavedEntity
    query: QueryString
    visibility: Visibility = Visibility.PRIVATE
    region_code: RegionCode | None = Field(default=None, description="With whom it is shared; null if private.")

    def draft(self) -> SavedFilterDraft:
        return SavedFilterDraft(
            name=self.name,
            entity=self.entity.value,
            query=self.query,
            visibility=self.visibility,
            region_code=self.region_code,
        )


class SavedFilterUpdate(BaseModel):
    """Fields that are left out stay as they are."""

    model_config = example(visibility="private", region_code=None)

    name: Name = Field(default_factory=str)
    query: QueryString = Field(default_factory=str)
    visibility: Visibility = Field(default_factory=lambda: Visibility.PRIVATE)
    region_code: RegionCode | None = Field(default_factory=lambda: None)

    def draft(self, row: SavedFilterRow) -> SavedFilterDraft:
        known: dict[str, Any] = {
            "name": row.name,
            "query": row.query,
            "visibility": Visibility(row.visibility),
            "region_code": row.region_code,
        }
        return SavedFilterDraft(entity=row.entity, **(known | self.model_dump(exclude_unset=True)))


class SavedFilterRead(BaseModel):
    id: UUID
    name: str
    entity: str
    query: str
    path: str = Field(description="The list with this query.")
    visibility: Visibility
    region_code: str | None
    owner: str
    version: int
    created_at: AwareDatetime
    updated_at: AwareDatetime

    @classmethod
    def of(cls, row: SavedFilterRow) -> "SavedFilterRead":
        path = f"/v1/{row.entity}" + (f"?{row.query}" if row.query else "")
        return cls.model_validate(row.model_dump() | {"path": path})
