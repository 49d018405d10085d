"""Lists, a fund that is paid out of, innovation and an award round of the county. Made up, but for the number of
its key state enterprises and the promise that stands as a template.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from deploy.demo.dataset import enterprises, facts
from deploy.demo.dataset.records import LABEL, Enterprise
from deploy.demo.dataset.registry import COUNTY

FIRST_FURNACES, SECOND_FURNACES = "通山冶金工业园一号矿热炉厂", "通山冶金工业园二号矿热炉厂"
CEMENT = "通山县城关水泥厂"

KEY_LIST: Final[dict[str, Any]] = {
    "code": "TS-GZ",
    "name": f"重点国有企业名单{LABEL}",
    "kind": "key",
    "region_code": COUNTY,
    "valid_from": "2026-01-01",
    "basis": f"{facts.SOURCE_COUNTY}：重点国有企业23家；哪些企业在内为演示",
}
LARGE_LIST: Final[dict[str, Any]] = {
    "code": "TS-YY",
    "name": f"亿元企业工程{LABEL}",
    "kind": "hundred_million",
    "region_code": COUNTY,
    "valid_from": "2026-01-01",
    "condition": "sales >= 100000000 and not vetoed",
}


def key_state_enterprises() -> tuple[Enterprise, ...]:
    """As many as the text has; the largest by what they draw, since it names none."""
    own = [one for one in enterprises.ALL if one.region_code.startswith(COUNTY)]
    own.sort(key=lambda one: (-sum(kw for _, _, kw in one.loads), one.credit_code))
    return tuple(own[: facts.KEY_STATE_ENTERPRISES])


# Who sold for more than a hundred million yuan the year before (kept by a test).
LARGE: Final = (FIRST_FURNACES, SECOND_FURNACES, "通山冶金工业园三号矿热炉厂")

POLICY: Final[dict[str, Any]] = {
    "code": "TS-TX-2026",
    "region_code": COUNTY,
    "name": f"技术改造贷款贴息{LABEL}",
    "condition": "sales >= 20000000",
    "terms": {"kind": "interest_subsidy", "rate_percent": "3", "share_percent": "50", "max_days": 365},
    "papers": [{"code": "loan", "name": "借款合同及付息凭证"}],
    "steps": [{"name": "初审", "roles": ["officer"]}, {"name": "审定", "roles": ["leader"]}],
    "cap_yuan": "500000",
    "source": facts.SYNTHETIC,
    "valid_from": "2026-01-01",
}
BUDGET_YEAR, BUDGET_YUAN = 2026, 600_000


@dataclass(frozen=True, slots=True)
class Claim:
    """For the subsidy of a loan of half a year; ``state``: in_review, approved or paid (in part)."""

    enterprise: str
    principal_yuan: int
    state: str
    paid_yuan: int = 0

    def body(self, policy_id: str, enterprise_id: str) -> dict[str, Any]:
        loan = {
            "contract": f"JK-{self.principal_yuan // facts.WAN}",
            "bank": f"县农村商业银行{LABEL}",
            "principal_yuan": str(self.principal_yuan),
            "annual_rate_percent": "5.6",
            "first_day": "2026-01-10",
            "last_day": "2026-07-09",
        }
        return {
            "policy_id": policy_id,
            "enterprise_id": enterprise_id,
            # What 180 days at the lesser of 3 % and half of the loan's rate come to.
            "requested_yuan": str(self.principal_yuan * 14 // 1000),
            "inputs": {"kind": "interest_subsidy", "loans": [loan]},
            "papers": [{"code": "loan", "reference": f"原件12页{LABEL}"}],
        }


CLAIMS: Final = (
    Claim(FIRST_FURNACES, 1200 * facts.WAN, "paid", 100_000),
    Claim(SECOND_FURNACES, 900 * facts.WAN, "approved"),
    Claim(CEMENT, 600 * facts.WAN, "in_review"),
)
PAYMENT: Final = {"paid_on": facts.DEMO_DAY.isoformat(), "evidence": f"拨付凭证1号{LABEL}"}

NEED: Final[dict[str, Any]] = {
    "purpose": f"精炼炉技改流动资金{LABEL}",
    "amount_yuan": "10000000",
    "needed_by": "2026-10-31",
}

RECORDS: Final[tuple[tuple[str, dict[str, Any]], ...]] = (
    (
        FIRST_FURNACES,
        {
            "kind": "patent",
            "title": f"矿热炉烟气余热利用装置{LABEL}",
            "number": "ZLDEM20260001",
            "grade": "invention",
            "valid_from": "2026-03-06",
            "evidence": f"证书复印件{LABEL}",
        },
    ),
    (
        CEMENT,
        {
            "kind": "brand",
            "title": f"城关牌水泥{LABEL}",
            "number": "DEM-MP-07",
            "grade": "provincial",
            "valid_from": "2025-12-01",
            "evidence": f"证书复印件{LABEL}",
        },
    ),
)

ROUND: Final[dict[str, Any]] = {
    "code": "TS-YXQYJ-2025",
    "name": f"2025年度优秀企业家{LABEL}",
    "kind": "outstanding_entrepreneur",
    "year": 2025,
    "region_code": COUNTY,
    "places": 2,
    "condition": "sales >= 20000000",
    "criteria": [{"measure": "tax", "weight": "60"}, {"measure": "sales", "weight": "40"}],
    "opens_on": "2026-09-01",
    "nominations_until": "2026-09-30",
    "notice_days": 5,
    "basis": facts.SYNTHETIC,
}
NOMINEES: Final = (FIRST_FURNACES, SECOND_FURNACES, CEMENT)
