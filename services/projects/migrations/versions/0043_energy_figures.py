"""Energy targets as the energy service tells them, and the indicators that are measured by them."""

from datetime import UTC, datetime

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0043"
down_revision = "0042"
branch_labels = None
depends_on = None

_WRITTEN = datetime(2000, 1, 1, tzinfo=UTC)
# Code, names, unit, nature, measure.
_INDICATORS = (
    ("energy_total", "综合能源消费量", "energy consumption", ("tce", "吨标准煤", "tce"), "flow", "total_tce"),
    ("electricity_use", "用电量", "electricity used", ("kwh", "千瓦时", "kWh"), "flow", "electricity_kwh"),
    (
        *("energy_intensity", "单位产值能耗", "energy per output"),
        ("tce_per_10k_yuan", "吨标准煤/万元", "tce per 10,000 yuan"),
        *("rate", "intensity_value"),
    ),
)


def upgrade() -> None:
    op.create_table(
        "energy_target_replica",
        sa.Column("target_id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("region_code", sa.Text(), nullable=False),
        sa.Column("enterprise_id", sa.Uuid(), nullable=True),
        sa.Column("subject_name", sa.String(), nullable=False),
        sa.Column("year", sa.SmallInteger(), nullable=False),
        sa.Column("measure", sa.String(), nullable=False),
        sa.Column("points", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("withdrawn", sa.Boolean(), nullable=False),
        sa.Column("told_at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("target_id", name=op.f("pk_energy_target_replica")),
    )
    op.create_index(
        "ix_energy_target_replica_subject", "energy_target_replica", ["year", "measure", "region_code"]
    )
    # An installation may have given one of the codes away already; then it keeps its own.
    for code, zh, en, (unit, unit_zh, unit_en), nature, measure in _INDICATORS:
        op.execute(
            sa.text(
                "INSERT INTO target_indicator (version, updated_at, code, name_zh, name_en, unit, unit_zh, unit_en,"
                " nature, source, measure, key_only) VALUES (1, :at, :code, :zh, :en, :unit, :unit_zh, :unit_en,"
                " :nature, 'energy', :measure, false) ON CONFLICT (code) DO NOTHING"
            ).bindparams(
                at=_WRITTEN,
                code=code,
                zh=zh,
                en=en,
                unit=unit,
                unit_zh=unit_zh,
                unit_en=unit_en,
                nature=nature,
                measure=measure,
            )
        )


def downgrade() -> None:
    # Targets that are set by them keep the indicators they hang on.
    op.execute(
        "DELETE FROM target_indicator i WHERE i.source = 'energy'"
        " AND NOT EXISTS (SELECT FROM target t WHERE t.indicator_code = i.code)"
    )
    op.drop_index("ix_energy_target_replica_subject", table_name="energy_target_replica")
    op.drop_table("energy_target_replica")
