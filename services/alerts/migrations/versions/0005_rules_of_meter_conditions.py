"""A shipped rule for every condition of a meter beside the spike (S18, S26).

What it is stands in the title, the figures in the text as the energy service explains them. A shift is common and
seldom urgent, so it begins blue; faults of data are yellow at most until they have lasted; what touches the grid or
a plant (drop, dead, overload) is as grave as a spike. The severities are a choice.
"""

from datetime import UTC, datetime

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

_BEGINNING = datetime(2000, 1, 1, tzinfo=UTC)

# Kind: names in both languages, severity at level 1, 2 and 3.
_KINDS = {
    "drop": ("用电突降", "Consumption drop", "yellow", "orange", "red"),
    "shift": ("用电水平持续变化", "Sustained level shift", "blue", "yellow", "orange"),
    "dead": ("电表读数归零", "Meter reads zero", "yellow", "orange", "red"),
    "stuck": ("电表读数停滞", "Meter stuck", "blue", "yellow", "orange"),
    "missing": ("用电数据缺失", "Data missing", "blue", "yellow", "orange"),
    "unit": ("单位或倍率错误", "Wrong unit or multiplier", "yellow", "yellow", "orange"),
    "clock": ("表计时钟偏移", "Meter clock wrong", "blue", "yellow", "yellow"),
    "overload": ("超合同容量用电", "Over contracted capacity", "yellow", "orange", "red"),
}


def _rule(kind: str, name_zh: str, name_en: str, *severities: str) -> dict[str, object]:
    levels = dict(zip("123", severities, strict=True))
    return {
        "name_zh": name_zh,
        "name_en": name_en,
        "opened_type": "energy.condition.opened.v1",
        "cleared_type": "energy.condition.cleared.v1",
        "condition": f'kind == "{kind}"',
        "severity": {"by_level": levels, "otherwise": severities[0]},
        "object_type": "meter",
        "object_id": "{meter_id}",
        "object_label": "{meter_no}",
        "object_name": "{meter_name}",
        "condition_kind": "{kind}",
        "title_zh": "{meter_name}（{meter_no}）：" + name_zh,
        "title_en": "{meter_name} ({meter_no}): " + name_en[0].lower() + name_en[1:],
        "text_zh": "{explanation_zh}",
        "text_en": "{explanation_en}",
        "policy_code": "energy",
        "max_event_age_hours": 72,
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
                "code": f"energy.{kind}",
                "definition": _rule(kind, *facts),
                "opened_type": "energy.condition.opened.v1",
                "revision": 1,
                "valid_from": _BEGINNING,
                "changed_at": _BEGINNING,
                "changed_by": "shipped",
            }
            for kind, facts in _KINDS.items()
        ],
    )


def downgrade() -> None:
    codes = ", ".join(f"'energy.{kind}'" for kind in _KINDS)
    op.execute(f"DELETE FROM alert_rule WHERE changed_by = 'shipped' AND code IN ({codes})")  # noqa: S608 - our own words
