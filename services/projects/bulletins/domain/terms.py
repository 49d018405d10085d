"""Words of other slices' codes as a bulletin prints them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

Pair = tuple[str, str]

CONDITION_KINDS: Final[Mapping[str, Pair]] = {
    "start_overdue": ("逾期未开工", "Start overdue"),
    "completion_overdue": ("逾期未竣工", "Completion overdue"),
    "production_overdue": ("逾期未投产", "Production overdue"),
    "opening_overdue": ("逾期未开放", "Opening overdue"),
    "capacity_overdue": ("逾期未达产", "Capacity overdue"),
    "stalled": ("项目停滞", "Project stalled"),
    "behind_plan": ("进度落后计划", "Behind plan"),
    "funds_short": ("资金到位不足", "Funds short"),
    "gate_expired": ("准入评审过期", "Gate expired"),
    "gate_override_overdue": ("准入例外逾期未补", "Gate override overdue"),
    "leadership_gap": ("领导包保缺位", "Leadership gap"),
    "check_missed": ("未按期检查", "Check missed"),
    "problem_overdue": ("问题逾期未解决", "Problem overdue"),
    "action_overdue": ("会议事项逾期", "Action item overdue"),
    "instruction_due_soon": ("批示件即将到期", "Instruction due soon"),
    "instruction_overdue": ("批示件逾期", "Instruction overdue"),
    "approval_due_soon": ("审批即将到期", "Approval due soon"),
    "approval_breached": ("审批超时", "Approval breached"),
    "inspection_unfiled": ("检查未备案", "Inspection not filed"),
    "appeal_overdue": ("投诉诉求逾期", "Appeal overdue"),
    "agency_item_overdue": ("代办事项逾期", "Agency item overdue"),
    "lead_follow_up_overdue": ("招商线索跟进逾期", "Lead follow-up overdue"),
    "lead_neglected": ("招商线索无人跟进", "Lead neglected"),
    "award_overpaid": ("招商奖励超付", "Award overpaid"),
    "webhook_paused": ("数据推送暂停", "Webhook paused"),
    "target_behind_pace": ("目标进度落后", "Target behind pace"),
    "target_missed": ("目标未完成", "Target missed"),
    "target_unsigned": ("责任书逾期未签", "Letter unsigned"),
    "target_figure_missing": ("目标数据缺报", "Target figure missing"),
    "economic_dip": ("经济指标下滑", "Economic dip"),
    "list_measure_overdue": ("帮扶措施逾期", "Measure overdue"),
    "list_progress_overdue": ("企业进展逾期未报", "Progress overdue"),
    "financing_overdue": ("融资需求逾期未落实", "Financing overdue"),
    "contest_bottom": ("擂台赛排名末位", "Last in the contest"),
    "contest_disqualified": ("擂台赛取消资格", "Disqualified in the contest"),
    "contest_appeal_overdue": ("擂台赛申诉逾期未复", "Contest appeal overdue"),
    "audit_broken": ("审计记录校验不符", "Audit record broken"),
    "sign_ins_attacked": ("登录异常", "Sign-ins under attack"),
    "requests_refused": ("访问被拒异常", "Many refused requests"),
    "economy_report_due_soon": ("企业月报即将到期", "Report due soon"),
    "economy_report_late": ("企业月报迟报", "Report late"),
}
STAGES: Final[Mapping[str, Pair]] = {
    "planned": ("策划", "planned"),
    "signed": ("签约", "signed"),
    "started": ("开工", "started"),
    "completed": ("竣工", "completed"),
    "in_production": ("投产", "in production"),
    "at_capacity": ("达产", "at capacity"),
    "opened": ("开放", "opened"),
    "suspended": ("停工", "suspended"),
    "terminated": ("终止", "terminated"),
}
VERDICTS: Final[Mapping[str, Pair]] = {
    "pending": ("未到期", "not due"),
    "on_pace": ("达序时", "on pace"),
    "behind": ("落后", "behind"),
    "far_behind": ("严重落后", "far behind"),
    "reached": ("完成", "reached"),
    "exceeded": ("超额完成", "exceeded"),
    "missed": ("未完成", "missed"),
    "unknown": ("数据不全", "not known"),
}
RATES: Final[Mapping[str, Pair]] = {
    "fulfilment": ("履约率", "fulfilment"),
    "funds_in_place": ("资金到位率", "funds in place"),
    "start": ("开工率", "start"),
    "commissioning": ("投产率", "commissioning"),
    "output_to_input": ("投入产出率", "output to input"),
}
SUPPORT_KINDS: Final[Mapping[str, Pair]] = {
    "interest_subsidy": ("贷款贴息", "interest subsidy"),
    "guarantee": ("担保", "guarantee"),
    "reward": ("奖励", "reward"),
    "special_fund": ("专项资金", "special fund"),
    "fee_waiver": ("规费减免", "fee waiver"),
    "tax_return": ("税收返还", "tax return"),
    "quantity": ("定额补助", "grant by quantity"),
}
GROUNDS: Final[Mapping[str, Pair]] = {
    "energy": ("节能降耗", "energy"),
    "safety": ("安全生产", "safety"),
    "environment": ("环境保护", "environment"),
    "honesty": ("诚信经营", "honesty"),
    "wages": ("拖欠工资", "wages"),
    "other": ("其他", "other"),
}
HONOURS: Final[Mapping[str, Pair]] = {
    "outstanding_entrepreneur": ("优秀企业家", "outstanding entrepreneur"),
    "founder_merit": ("创业功臣", "founder of merit"),
    "outstanding_contribution": ("突出贡献奖", "outstanding contribution"),
    "other": ("其他", "other"),
}


def term(words: Mapping[str, Pair], code: str) -> Pair:
    """The words of a code; the code itself where nobody has given it any."""
    return words.get(code, (code, code))
