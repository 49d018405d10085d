"""How children divide their parents."""

from uuid import UUID

from pydantic import BaseModel, Field

from services.projects.economy.schemas.types import Amount
from services.projects.targets.domain.goals import Split, SplitBy
from services.projects.targets.schemas.goals import TargetRead
from services.projects.targets.service.trees import Branch, SetNode


class SplitRead(BaseModel):
    """One way in which children divide their parent."""

    by: SplitBy
    first_year: int
    last_year: int
    children: list[UUID]
    total: Amount | None = Field(description="Null: rates do not add up.")
    difference: Amount | None = Field(
        description="The parent's amount less the sum: above zero nobody brings it, below it was put on top."
    )
    missing: list[str] = Field(description="Years, or regions directly below, that no child is for.")

    @classmethod
    def of(cls, split: Split) -> "SplitRead":
        return cls(
            by=split.by,
            first_year=split.first_year,
            last_year=split.last_year,
            children=list(split.children),
            total=split.total,
            difference=split.difference,
            missing=list(split.missing),
        )


class SetNodeRead(BaseModel):
    id: UUID
    code: str
    name: str
    parent_id: UUID | None
    splits: list[SplitRead]

    @classmethod
    def of(cls, node: SetNode) -> "SetNodeRead":
        splits = [SplitRead.of(split) for split in node.splits]
        return cls(id=node.id, code=node.code, name=node.name, parent_id=node.parent_id, splits=splits)


class TreeSet(BaseModel):
    dry_run: bool
    targets: list[SetNodeRead]


class BranchRead(BaseModel):
    depth: int
    target: TargetRead
    splits: list[SplitRead]

    @classmethod
    def of(cls, branch: Branch) -> "BranchRead":
        splits = [SplitRead.of(split) for split in branch.splits]
        return cls(depth=branch.depth, target=TargetRead.of(branch.row), splits=splits)


class TreeRead(BaseModel):
    """A target and all below it, parents first."""

    items: list[BranchRead]
