"""Shipped rules for contests (S8): the last places, who is disqualified, and appeals that nobody decided in time."""

from datetime import UTC, datetime

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0087"
down_revision = "0085"
branch_labels = None
depends_on = None

_BEGINNING = datetime(2000, 1, 1, tzinfo=UTC)
_OPENED, _CLEARED = "projects.condition.opened.v1", "projects.condition.cleared.v1"

# Names in both languages, what it is about, severity at level 1 and 2.
_KINDS = {
    "contest_bottom": ("擂台赛位居末位", "Last place in a contest", "contest_participant", "yellow", "orange"),
    "contest_disqualified": (
        "擂台赛被一票否决",
        "Disqualified from a contest",
        "contest_participant",
        "orange",
        "orange",
    ),
    "contest_appeal_overdue": (
        "擂台赛申诉逾期未决",
        "Contest appeal undecided",
        "contest_appeal",
        "yellow",
        "yellow",
    ),
}


def _rule(kind: str) -> dict[str, object]:
    name_zh, name_en, about, first, second = _KINDS[kind]
    return {
        "name_zh": name_zh,
        "name_en": name_en,
        "opened_type": _OPENED,
        "cleared_type": _CLEARED,
        "condition": f'kind == "{kind}"',
        "severity": {"by_level": {"1": first, "2": second}, "otherwise": first},
        "object_type": about,
        "object_id": "{subject_id}",
        "object_label": "{subject_code}",
        "object_name": "{subject_name}",
        "condition_kind": "{kind}",
        "labels": {"subject_type": "{subject_type}"},
        "title_zh": "{subject_name}（{subject_code}）：" + name_zh,
        "title_en": "{subject_name} ({subject_code}): " + name_en[0].lower() + name_en[1:],
        "text_zh": "{explanation_zh}",
        "text_en": "{explanation_en}",
        "policy_code": "projects",
        "clock": None,
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
                "definition": _rule(kind),
                "opened_type": _OPENED,
                "revision": 1,
                "valid_from": _BEGINNING,
                "changed_at": _BEGINNING,
                "changed_by": "shipped",
            }
            for kind in _KINDS
        ],
    )


def downgrade() -> None:
    codes = ", ".join(f"'projects.{kind}'" for kind in _KINDS)
    op.execute(f"DELETE FROM alert_rule WHERE changed_by = 'shipped' AND code IN ({codes})")  # noqa: S608 - our own codes
