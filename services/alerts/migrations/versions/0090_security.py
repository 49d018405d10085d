"""Days on which API keys were used; shipped rules for broken audit chains and attacks on sign-ins.

Both are for who keeps the system running, at any hour; whoever keeps the accounts is named by the condition.
"""

from datetime import UTC, datetime

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0090"
down_revision = "0089"
branch_labels = None
depends_on = None

_BEGINNING = datetime(2000, 1, 1, tzinfo=UTC)
_PROJECTS = ("projects.condition.opened.v1", "projects.condition.cleared.v1")
_ENERGY = ("energy.situation.opened.v1", "energy.situation.cleared.v1")
_ALERTS = ("alerts.condition.opened.v1", "alerts.condition.cleared.v1")

# Events, kind, names in both languages, severity at level 1 and 2.
_RULES = {
    "projects.audit_broken": (_PROJECTS, "audit_broken", "审计记录校验不符", "Audit record broken", "red", "red"),
    "projects.sign_ins_attacked": (
        _PROJECTS,
        "sign_ins_attacked",
        "登录异常",
        "Sign-ins under attack",
        "orange",
        "red",
    ),
    "energy.audit_broken": (_ENERGY, "audit_broken", "审计记录校验不符", "Audit record broken", "red", "red"),
    "alerts.audit_broken": (_ALERTS, "audit_broken", "审计记录校验不符", "Audit record broken", "red", "red"),
}


def _rule(code: str) -> dict[str, object]:
    (opened, cleared), kind, name_zh, name_en, first, second = _RULES[code]
    own = opened == _ALERTS[0]
    name = ("{subject_name_zh}", "{subject_name_en}") if own else ("{subject_name}", "{subject_name}")
    return {
        "name_zh": name_zh,
        "name_en": name_en,
        "opened_type": opened,
        "cleared_type": cleared,
        "condition": f'kind == "{kind}"',
        "severity": {"by_level": {"1": first, "2": second}, "otherwise": first},
        "object_type": "alerts_service" if own else "service",
        "object_id": "{subject_id}",
        "object_label": "{subject_id}" if own else "{subject_code}",
        "object_name": name[0],
        "condition_kind": "{kind}",
        "labels": {"subject_type": "{subject_type}"},
        "title_zh": name[0] + "：" + name_zh,
        "title_en": name[1] + ": " + name_en[0].lower() + name_en[1:],
        "text_zh": "{explanation_zh}",
        "text_en": "{explanation_en}",
        "policy_code": "operations",
        "clock": "around_the_clock",
    }


def upgrade() -> None:
    op.create_table(
        "api_key_use",
        sa.Column("key_id", sa.Uuid(), nullable=False),
        sa.Column("used_on", sa.Date(), nullable=False),
        sa.Column("days", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("key_id", name=op.f("pk_api_key_use")),
    )
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
                "code": code,
                "definition": _rule(code),
                "opened_type": _RULES[code][0][0],
                "revision": 1,
                "valid_from": _BEGINNING,
                "changed_at": _BEGINNING,
                "changed_by": "shipped",
            }
            for code in _RULES
        ],
    )


def downgrade() -> None:
    codes = ", ".join(f"'{code}'" for code in _RULES)
    op.execute(f"DELETE FROM alert_rule WHERE changed_by = 'shipped' AND code IN ({codes})")  # noqa: S608 - our own codes
    op.drop_table("api_key_use")
