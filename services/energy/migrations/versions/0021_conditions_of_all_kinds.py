"""Conditions of all kinds: how long they lasted; the detector's clock. Its states are learned anew from the log.

The memory of the detector has another layout now, so checkpoints of the earlier one are dropped and the worker
replays what the topic retains.
"""

import json

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None

# The spike rule as shipped from now on; rules that an office has written stay as they are.
_SPIKE = {
    "quiet_minutes": 360,
    "announce_within_hours": None,
    "strong": 2.0,
    "extreme": 4.0,
    "strong_after_minutes": None,
    "open_score": 5.5,
    "margin": 1.6,
    "clear_score": 3.0,
    "clear_slots": 4,
    "warmup_days": 28,
    "level_rate": 0.1,
    "variance_rate": 0.005,
    "spread_rate": 0.05,
    "profile_rate": 0.12,
    "margin_rate": 0.3,
    "margin_decay": 0.003,
    "clip_score": 4.0,
    "floor_share": 0.01,
    "jump_top": 1.2,
    "jump_times": 1.5,
    "strong_score": 15.0,
    "extreme_score": 30.0,
}
_SPIKE_BEFORE = {
    "open_score": 10.0,
    "clear_score": 4.0,
    "clear_slots": 4,
    "quiet_minutes": 360,
    "warmup_days": 28,
    "level_rate": 0.1,
    "season_rate": 0.135,
    "variance_rate": 0.005,
    "clip_score": 4.0,
    "floor_share": 0.01,
    "strong_score": 20.0,
    "extreme_score": 40.0,
    "announce_within_hours": None,
}


def _ship(parameters: dict[str, object]) -> None:
    op.get_bind().execute(
        sa.text(
            "UPDATE detection_rule SET parameters = CAST(:parameters AS jsonb) "
            "WHERE kind = 'spike' AND changed_by = 'system' AND version = 1"
        ),
        {"parameters": json.dumps(parameters)},
    )


def upgrade() -> None:
    op.add_column("condition", sa.Column("lasted_minutes", sa.Integer(), nullable=False, server_default="0"))
    op.alter_column("condition", "lasted_minutes", server_default=None)
    # The forecast has no seasonal table of its own any more.
    op.execute("UPDATE detection_rule SET parameters = parameters - 'season_rate'")
    op.execute("UPDATE condition SET parameters = parameters - 'season_rate'")
    _ship(_SPIKE)
    op.execute("DELETE FROM detector_state")
    op.execute("DELETE FROM detector_checkpoint")
    op.add_column("detector_checkpoint", sa.Column("clock", sa.BigInteger(), nullable=False))


def downgrade() -> None:
    op.execute("DELETE FROM detection_rule WHERE kind <> 'spike'")
    _ship(_SPIKE_BEFORE)
    op.execute("DELETE FROM detector_state")
    op.execute("DELETE FROM detector_checkpoint")
    op.drop_column("detector_checkpoint", "clock")
    op.execute("DELETE FROM condition WHERE kind <> 'spike'")
    op.drop_column("condition", "lasted_minutes")
