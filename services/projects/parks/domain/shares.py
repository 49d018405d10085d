"""Sharing a whole amount exactly: parts in whole yuan that sum to what was shared (共建共享).

Shares are integers of a ten-thousandth (basis points): a sum of 10,000 is 100 %, and nothing else is.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from libs.common.web.problems import FieldError
from services.projects.parks.errors import ShareRepeated, SharesNotWhole

WHOLE = 10_000


@dataclass(frozen=True, slots=True)
class Share:
    """What a region may count of a subject's measure, in basis points, more than none."""

    region_code: str
    basis_points: int


@dataclass(frozen=True, slots=True)
class Part:
    region_code: str
    amount_yuan: int


def percent_of(basis_points: int) -> str:
    """Basis points as a percentage for people: 9850 is ``98.5``."""
    return format((Decimal(basis_points) / 100).normalize(), "f")


def demand_whole(shares: Sequence[Share], pointer: str = "/shares") -> None:
    """Raises ShareRepeated, SharesNotWhole naming the sum."""
    counted = Counter(share.region_code for share in shares)
    repeated = [code for code, count in counted.items() if count > 1]
    if repeated:
        raise ShareRepeated(regions=repeated, errors=[FieldError("share.repeated", pointer)])
    demand_sum([share.basis_points for share in shares], pointer)


def demand_sum(basis_points: Sequence[int], pointer: str) -> None:
    """Raises SharesNotWhole unless there are shares and they sum to 100 %."""
    total = sum(basis_points)
    if total != WHOLE or min(basis_points, default=0) <= 0:
        fault = FieldError("share.sum", pointer, {"sum_percent": percent_of(total)})
        raise SharesNotWhole(sum_percent=percent_of(total), errors=[fault])


def apportion(amount: int, weights: Sequence[int]) -> tuple[int, ...]:
    """Whole parts of ``amount`` in proportion to the weights, summing to it exactly.

    By largest remainder; of equal remainders the first in order takes the unit. A negative amount (a refund) is
    shared as its opposite. Raises ValueError for weights that are negative or sum to nothing.
    """
    total = sum(weights)
    if total <= 0 or min(weights) < 0:
        raise ValueError(f"weights {weights} share nothing out")
    if amount < 0:
        return tuple(-part for part in apportion(-amount, weights))
    parts = [amount * weight // total for weight in weights]
    by_remainder = sorted(range(len(weights)), key=lambda place: (-(amount * weights[place] % total), place))
    for place in by_remainder[: amount - sum(parts)]:
        parts[place] += 1
    return tuple(parts)


def attribute(amount: int, shares: Sequence[Share]) -> tuple[Part, ...]:
    """The parts of an amount by region; they sum to it exactly. Raises SharesNotWhole, ShareRepeated.

    The order of the shares does not matter: equal remainders are settled by the region's code.
    """
    demand_whole(shares)
    ordered = sorted(shares, key=lambda share: share.region_code)
    parts = apportion(amount, [share.basis_points for share in ordered])
    return tuple(Part(share.region_code, part) for share, part in zip(ordered, parts, strict=True))
