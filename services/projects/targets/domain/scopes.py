"""Whose target it is: 地区 region, 单位 unit, 个人 person, 园区 park, 产业 industry, 集群 cluster."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID

from libs.common.web.problems import FieldError


class ScopeType(StrEnum):
    REGION = "region"
    UNIT = "unit"
    PERSON = "person"
    PARK = "park"
    INDUSTRY = "industry"
    CLUSTER = "cluster"


@dataclass(frozen=True, slots=True)
class Scope:
    """``region_code`` bounds every scope: its subtree is where its projects and enterprises lie.

    ``sectors`` are those of an industry; a cluster's members come with it when figures are asked for.
    """

    type: ScopeType
    region_code: str
    unit_id: UUID | None = None
    person_id: UUID | None = None
    park_code: str | None = None
    sectors: tuple[str, ...] = ()
    cluster_code: str | None = None
    enterprise_ids: tuple[UUID, ...] = ()
    project_ids: tuple[UUID, ...] = ()

    @property
    def key(self) -> str:
        """One text for what is the same scope."""
        detail = {
            ScopeType.REGION: "",
            ScopeType.UNIT: str(self.unit_id),
            ScopeType.PERSON: str(self.person_id),
            ScopeType.PARK: str(self.park_code),
            ScopeType.INDUSTRY: ",".join(sorted(self.sectors)),
            ScopeType.CLUSTER: str(self.cluster_code),
        }[self.type]
        return f"{self.type.value}:{self.region_code}:{detail}"

    def faults(self) -> list[FieldError]:
        """Fields that the type asks for and that are absent, and those of other types that are there."""
        said = {
            "unit_id": (ScopeType.UNIT, self.unit_id is not None),
            "person_id": (ScopeType.PERSON, self.person_id is not None),
            "park_code": (ScopeType.PARK, self.park_code is not None),
            "sectors": (ScopeType.INDUSTRY, bool(self.sectors)),
            "cluster_code": (ScopeType.CLUSTER, self.cluster_code is not None),
        }
        return [
            FieldError("target.scope_unfit", f"/{name}", {"scope_type": self.type})
            for name, (owner, is_said) in said.items()
            if is_said != (owner is self.type)
        ]
