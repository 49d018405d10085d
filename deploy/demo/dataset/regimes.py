"""Which templates the county of the demo adopts, and what its gate has seen. The reviews are made up.

The texts' rhythms (旬过问、月通报、季检查、半年一小结、年终结硬账) and their words on environment and energy ship
with the service; they hold nowhere until somebody adopts them.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from deploy.demo.dataset.records import LABEL

GATE_TEMPLATE, CADENCE_TEMPLATE = "admission-basics", "county"
ADOPTED_FROM = date(2026, 1, 1)

EXPERTS = (
    (f"李工{LABEL}", f"省环境科学研究院{LABEL}", "大气与固废"),
    (f"周工{LABEL}", f"省节能中心{LABEL}", "工业节能"),
    (f"吴工{LABEL}", f"市设计院{LABEL}", "总图与工艺"),
)


@dataclass(frozen=True, slots=True)
class GateReview:
    """A review of a project; ``issued_on`` None: the panel is at work."""

    project: str
    review: str
    opened_on: date
    issued_on: date | None = None
    document_no: str = ""


# Of the second the pass ran out in July, while the project is being built.
REVIEWS = (
    GateReview("九宫山风力电场一期", "eia", date(2025, 6, 2), date(2025, 8, 8), f"通环审〔2025〕12号{LABEL}"),
    GateReview("欧罗文实业", "eia", date(2021, 5, 10), date(2021, 7, 5), f"通环审〔2021〕9号{LABEL}"),
    GateReview("武钢合资冶金辅料", "energy", date(2026, 8, 24)),
)
