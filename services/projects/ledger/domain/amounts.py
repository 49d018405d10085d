"""Whether an amount can be meant: 万元 typed as 元, or 元 as 万元, is asked back before it is believed.

The limits are data (registry.domain.validity): below ``floor_yuan``, from ``ceiling_yuan`` on, or ``multiple``
times the amount it is compared with. A doubt is no error: whoever means it says so, and that stays in the history.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from libs.common.web.problems import FieldError
from services.projects.registry.domain.validity import Dated, in_force


class AmountKind(StrEnum):
    """总投资, 合同金额, 完成投资, 到位资金, 产值, 计划投资."""

    TOTAL_INVESTMENT = "total_investment"
    CONTRACT_AMOUNT = "contract_amount"
    INVESTMENT = "investment"
    FUNDS = "funds"
    OUTPUT = "output"
    PLANNED_INVESTMENT = "planned_investment"


# A month without investment or output is said with a zero; a contract of nothing is a slip.
_MAY_BE_ZERO = frozenset({AmountKind.INVESTMENT, AmountKind.OUTPUT, AmountKind.PLANNED_INVESTMENT})
# Contract and total investment speak of the same sum: far below is as doubtful as far above.
_ALIKE = frozenset({AmountKind.TOTAL_INVESTMENT, AmountKind.CONTRACT_AMOUNT})


@dataclass(frozen=True, slots=True, kw_only=True)
class AmountLimit(Dated):
    """Between which amounts of a kind nobody asks back; None asks no such question."""

    kind: AmountKind
    floor_yuan: int
    ceiling_yuan: int | None = None
    multiple: int | None = None


@dataclass(frozen=True, slots=True)
class Amount:
    """An amount as sent: ``pointer`` where it stood, ``basis_yuan`` what it is compared with, if known."""

    kind: AmountKind
    pointer: str
    yuan: int
    basis_yuan: int | None = None


def doubts(
    amounts: Iterable[Amount], limits: Iterable[AmountLimit], region_code: str, today: date
) -> tuple[FieldError, ...]:
    """What is to be confirmed, one fault an amount."""
    known = tuple(limits)
    found = []
    for amount in amounts:
        limit = in_force((one for one in known if one.kind is amount.kind), region_code, today)
        doubt = _doubt(amount, limit) if limit is not None else None
        if doubt is not None:
            found.append(doubt)
    return tuple(found)


def _doubt(amount: Amount, limit: AmountLimit) -> FieldError | None:
    yuan, basis = amount.yuan, amount.basis_yuan
    if yuan == 0 and amount.kind in _MAY_BE_ZERO:
        return None
    if yuan < limit.floor_yuan:
        return _fault("amount.below_floor", amount, limit_yuan=limit.floor_yuan)
    if limit.ceiling_yuan is not None and yuan >= limit.ceiling_yuan:
        return _fault("amount.above_ceiling", amount, limit_yuan=limit.ceiling_yuan)
    if limit.multiple is None or not basis:
        return None
    far_below = amount.kind in _ALIKE and yuan * limit.multiple <= basis
    if yuan >= basis * limit.multiple or far_below:
        return _fault("amount.far_from_basis", amount, basis_yuan=basis, multiple=limit.multiple)
    return None


def _fault(code: str, amount: Amount, **params: object) -> FieldError:
    return FieldError(code, amount.pointer, {"amount_yuan": amount.yuan, **params})
