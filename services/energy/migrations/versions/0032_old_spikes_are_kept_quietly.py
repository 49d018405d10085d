"""A spike found two days after it was is kept and told nobody, as conditions of the other kinds are.

Whoever loads a year of curves would else be told of every spike of that year.
"""

from alembic import op

revision = "0032"
down_revision = "0031"
branch_labels = None
depends_on = None

_SHIPPED = "kind = 'spike' AND changed_by = 'system' AND version = 1"
# The journal is appended to: a replay of older records finds what was known then.
_JOURNAL = f"""
INSERT INTO detection_fact (subject, key, payload, recorded_at, recorded_by)
SELECT 'rule', id::text, jsonb_build_object(
    'kind', kind, 'region_code', region_code, 'meter_no', meter_no, 'valid_from', to_char(valid_from, 'YYYY-MM-DD'),
    'valid_to', to_char(valid_to, 'YYYY-MM-DD'), 'parameters', parameters, 'note', note, 'version', version,
    'backtest_id', backtest_id
), changed_at, changed_by FROM detection_rule WHERE {_SHIPPED}
"""  # noqa: S608 - our own words


def upgrade() -> None:
    _announce_within("48.0")


def downgrade() -> None:
    _announce_within("null")


def _announce_within(hours: str) -> None:
    within = f"jsonb_build_object('announce_within_hours', '{hours}'::jsonb)"
    op.execute(f"UPDATE detection_rule SET parameters = parameters || {within} WHERE {_SHIPPED}")  # noqa: S608
    op.execute(_JOURNAL)
