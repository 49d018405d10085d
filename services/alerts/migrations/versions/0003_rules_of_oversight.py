"""A shipped rule for every condition the projects service opens beside overdue and stalled projects (S26).

They read alike: what it is about and what is wrong in the title, the figures as the opening service explains them in
the text. Level 1 is a deadline near or missed, level 2 missed by far; the severities are a choice.
"""

from datetime import UTC, datetime

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

_BEGINNING = datetime(2000, 1, 1, tzinfo=UTC)

# Kind: names in both languages, what it is about, severity at level 1 and at level 2.
_KINDS = {
    "completion_overdue": ("逾期未竣工", "Completion overdue", "project", "yellow", "red"),
    "production_overdue": ("逾期未投产", "Commissioning overdue", "project", "yellow", "red"),
    "opening_overdue": ("逾期未开放", "Opening overdue", "project", "yellow", "red"),
    "behind_plan": ("进度落后", "Behind plan", "project", "yellow", "red"),
    "funds_short": ("资金不到位", "Funds short", "project", "yellow", "red"),
    "gate_expired": ("准入评审过期", "Admission review expired", "gate_review", "orange", "red"),
    "gate_override_overdue": ("特批逾期未补正", "Override not made good", "gate_override", "yellow", "orange"),
    "leadership_gap": ("“四个一”缺项", "Leadership incomplete", "key_project", "yellow", "red"),
    "check_missed": ("检查漏报", "Check missed", "check", "yellow", "red"),
    "problem_overdue": ("问题逾期未解决", "Problem overdue", "problem", "yellow", "red"),
    "action_overdue": ("会议决定逾期未办", "Action item overdue", "action_item", "yellow", "red"),
    "instruction_due_soon": ("督办件即将到期", "Instruction due soon", "instruction", "blue", "yellow"),
    "instruction_overdue": ("督办件逾期", "Instruction overdue", "instruction", "orange", "red"),
    "approval_due_soon": ("审批即将到期", "Approval due soon", "approval_case", "blue", "yellow"),
    "approval_breached": ("审批超时", "Approval promise broken", "approval_case", "yellow", "red"),
    "inspection_unfiled": ("未备案检查", "Unfiled inspection", "inspection", "yellow", "orange"),
    "appeal_overdue": ("诉求逾期未答复", "Appeal overdue", "appeal", "yellow", "red"),
    "agency_item_overdue": ("代办事项逾期", "Agency item overdue", "agency_item", "yellow", "red"),
    "lead_follow_up_overdue": ("招商线索跟进逾期", "Lead follow-up overdue", "lead", "yellow", "orange"),
    "lead_neglected": ("招商线索搁置", "Lead neglected", "lead", "blue", "yellow"),
    "award_overpaid": ("招商奖励多付", "Reward overpaid", "project", "orange", "orange"),
    "webhook_paused": ("推送订阅已暂停", "Webhook paused", "webhook_subscription", "yellow", "orange"),
}


def _rule(kind: str, name_zh: str, name_en: str, object_type: str, first: str, second: str) -> dict[str, object]:
    return {
        "name_zh": name_zh,
        "name_en": name_en,
        "opened_type": "projects.condition.opened.v1",
        "cleared_type": "projects.condition.cleared.v1",
        "condition": f'kind == "{kind}"',
        "severity": {"by_level": {"1": first, "2": second}, "otherwise": first},
        "object_type": object_type,
        "object_id": "{subject_id}",
        "object_label": "{subject_code}",
        "object_name": "{subject_name}",
        "condition_kind": "{kind}",
        "title_zh": "{subject_name}（{subject_code}）：" + name_zh,
        "title_en": "{subject_name} ({subject_code}): " + name_en[0].lower() + name_en[1:],
        "text_zh": "{explanation_zh}",
        "text_en": "{explanation_en}",
        "policy_code": "projects",
    }


def upgrade() -> None:
    table = sa.table(
        "alert_rule",
        sa.column("definition", postgresql.JSONB),
        sa.column("revision", sa.Integer),
        *(sa.column(name, sa.TIMESTAMP(timezone=True)) for name in ("valid_from", "changed_at")),
        *(sa.column(name, sa.String) for name in ("code", "changed_by", "opened_type")),
    )
    op.bulk_insert(
        table,
        [
            {
                "code": f"projects.{kind}",
                "definition": _rule(kind, *facts),
                "opened_type": "projects.condition.opened.v1",
                "revision": 1,
                "valid_from": _BEGINNING,
                "changed_at": _BEGINNING,
                "changed_by": "shipped",
            }
            for kind, facts in _KINDS.items()
        ],
    )


def downgrade() -> None:
    codes = ", ".join(f"'projects.{kind}'" for kind in _KINDS)
    op.execute(f"DELETE FROM alert_rule WHERE changed_by = 'shipped' AND code IN ({codes})")  # noqa: S608 - our own words
