"""What a grid project is (S25): a substation or a line, its voltage and capacity, and who pays."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum


class GridWork(StrEnum):
    """变电站 substation, 线路 line."""

    SUBSTATION = "substation"
    LINE = "line"


class FinancingForm(StrEnum):
    """合资 joint venture, 合作 cooperation, 先建后付 build first and pay later, 自筹 the owner alone."""

    JOINT_VENTURE = "joint_venture"
    COOPERATION = "cooperation"
    BUILD_FIRST_PAY_LATER = "build_first_pay_later"
    OWN_FUNDS = "own_funds"


@dataclass(frozen=True, slots=True)
class GridWorks:
    """``voltage_kv`` of the higher side, ``capacity_mva`` of all transformers, ``line_length_km`` of the route."""

    work: GridWork | None = None
    voltage_kv: Decimal | None = None
    capacity_mva: Decimal | None = None
    line_length_km: Decimal | None = None
    financing_form: FinancingForm | None = None

    def missing(self) -> tuple[str, ...]:
        """What must be known before the contract: a line has no capacity of its own."""
        required = ["work", "voltage_kv", "financing_form"]
        if self.work is GridWork.SUBSTATION:
            required.append("capacity_mva")
        return tuple(name for name in required if getattr(self, name) is None)
