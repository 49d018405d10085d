"""The referral chain of the text: one 浙江 investor introduced two more, who put over 1亿元 into hydro."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

ZHEJIANG = "330000"
FIRST, SECOND, THIRD = "浙江投资人甲（演示）", "浙江投资人乙（演示）", "浙江投资人丙（演示）"
INVESTORS = (FIRST, SECOND, THIRD)
# After the first one's own project, before those of the two he brought.
REGISTERED_ON = date(2025, 9, 20)
EVIDENCE = "引荐登记表（演示）"
REFERRALS = ((FIRST, SECOND), (FIRST, THIRD))


@dataclass(frozen=True, slots=True)
class Promoted:
    """Investor and introducer of a project, by their names; no introducer: he came by himself."""

    project: str
    investor: str
    introducer: str | None = None


PROMOTED: tuple[Promoted, ...] = (
    Promoted("厦铺河小水电增容（浙江投资人甲）", FIRST),
    Promoted("横石潭小水电（浙江投资人乙）", SECOND, FIRST),
    Promoted("燕厦河小水电（浙江投资人丙）", THIRD, FIRST),
)
