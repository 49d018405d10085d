"""Who leads the key projects, what stands in the way of some, and what was decided and asked about it. Made up.

The texts name the forms (一名领导, 一套班子, 现场办公会, 联席办公会议, 督办, 限时办结) and no case of them.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from deploy.demo.dataset.ledger_facts import BROUGHT_IN, KEY_PROJECTS
from deploy.demo.dataset.records import LABEL, Project
from deploy.demo.dataset.registry import COUNTY

LEVEL, KEY_LIST = "county", f"县重点项目名单 2026{LABEL}"
LED_FROM, PLAN = date(2026, 1, 20), f"县重点项目领导挂点方案{LABEL}"
LEADERS = (f"leader-{COUNTY}", f"leading-{COUNTY}")
# The first one's leader handed over in June.
HANDOVER_ON, HANDOVER = date(2026, 6, 1), f"领导分工调整{LABEL}"


@dataclass(frozen=True, slots=True)
class FourOnes:
    """What a key project has of the four; what it has not is a gap that the ledger flags."""

    project: Project
    leader: str | None
    has_task_force: bool
    meeting: int | None
    is_governed: bool


def four_ones() -> tuple[FourOnes, ...]:
    """Of the 28: 24 with a leader, 21 with a task force, 16 met on site about, 14 under minutes."""
    return tuple(
        FourOnes(
            project=project,
            leader=None if n % 7 == 6 else LEADERS[n % 2],
            has_task_force=n % 4 != 3,
            meeting=n // 8 if n < 16 else None,
            is_governed=n < 14,
        )
        for n, project in enumerate(KEY_PROJECTS)
    )


ON_SITE = (date(2026, 3, 12), date(2026, 5, 20))
ON_SITE_TITLE, ON_SITE_TEXT = f"重点项目现场办公会{LABEL}", f"逐项议定用地、用电、审批，一份纪要管总。{LABEL}"


@dataclass(frozen=True, slots=True)
class Problem:
    """A problem of a project. ``state`` is how far it has come: open, resolved or closed."""

    project: str
    title: str
    description: str
    category: str
    raised_on: date
    working_days: int
    state: str = "open"


# The first one is overdue when the demo starts.
PROBLEMS = (
    Problem("安坪旅游度假村", "道路用地未批", f"进场道路尚缺用地指标18亩{LABEL}", "land", date(2026, 8, 17), 5),
    Problem("武钢合资冶金辅料", "供电容量不足", f"二号炉需增容8000千伏安{LABEL}", "power", date(2026, 9, 8), 10),
    Problem(
        "欧罗文实业", "流动资金缺口", f"银行授信未落实600万元{LABEL}", "funds", date(2026, 9, 9), 10, "resolved"
    ),
    Problem(
        "九宫山风力电场一期", "弃渣场复绿", f"3号机位弃渣场未复绿{LABEL}", "environment", date(2026, 7, 6), 60,
        "closed",
    ),
)  # fmt: skip

JOINT_ON, JOINT_TITLE = date(2026, 9, 10), f"工业项目联席办公会议{LABEL}"
JOINT_TEXT = f"会议听取两个项目的问题，议定如下。{LABEL}"
# What the joint meeting decided, and what each decision has somebody do in so many working days.
DECISIONS = (
    (f"先行用地，分批报批{LABEL}", f"补齐进场道路用地手续{LABEL}", 10),
    (f"供电公司现场定容{LABEL}", f"提出增容方案和费用{LABEL}", 5),
)

INSTRUCTION_ABOUT = "安坪旅游度假村"
INSTRUCTION = f"请工业经济办公室牵头，九宫山镇配合，十个工作日内解决进场道路用地，专题报我。{LABEL}"
INSTRUCTION_DAYS = 10

MATTER = {
    "code": "demo-approval",
    "name": f"企业投资项目核准{LABEL}",
    "authority_level": "county",
    "region_code": COUNTY,
    "statutory_days": 20,
    "promised_days": 5,
    "valid_from": "2026-01-01",
    "source": (
        "二十个工作日：企业投资项目核准和备案管理条例第十条；"
        f"五个工作日为另一城市的做法，县里未采用，此处仅为演示{LABEL}"
    ),
}


@dataclass(frozen=True, slots=True)
class ApprovalCase:
    """A case accepted on a day; decided or paused on another if so."""

    code: str
    project: str
    accepted_on: date
    decided_on: date | None = None
    paused_on: date | None = None


def approval_cases() -> tuple[ApprovalCase, ...]:
    """Of projects that were signed and not started. The first has broken its promise of five working days."""
    names = [project.name for project in BROUGHT_IN if project.stage == "signed"][:5]
    return (
        ApprovalCase("DEMO-SP-1", names[0], date(2026, 9, 2)),
        ApprovalCase("DEMO-SP-2", names[1], date(2026, 9, 9)),
        ApprovalCase("DEMO-SP-3", names[2], date(2026, 9, 14)),
        ApprovalCase("DEMO-SP-4", names[3], date(2026, 8, 24), decided_on=date(2026, 8, 27)),
        ApprovalCase("DEMO-SP-5", names[4], date(2026, 9, 7), paused_on=date(2026, 9, 9)),
    )
