"""Who signed a contract (合同各方)."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class PartyRole(StrEnum):
    """政府方 government, 投资方 investor, 其他方 other."""

    GOVERNMENT = "government"
    INVESTOR = "investor"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Party:
    name: str
    role: PartyRole
    credit_code: str | None = None
