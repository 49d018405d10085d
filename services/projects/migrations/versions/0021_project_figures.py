"""How the compared figures of every project stood, and when that was known; filled from the history."""

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None

_MILESTONES = ("start", "completion", "production", "capacity", "opening")

# As the rules go back in time: from the present figures, undoing change by change. The aggregate lays the undone
# values of all later changes over each other, the earliest last. Of several changes at one instant the last counts,
# and what changed no figure gets no row.
FILL = """
CREATE AGGREGATE pg_temp.laid_over(jsonb) (SFUNC = jsonb_concat, STYPE = jsonb, INITCOND = '{}');

INSERT INTO project_figures
WITH plan AS (
    SELECT project_id, jsonb_object_agg('plan.' || milestone || '.current_on', current_on) AS days
    FROM project_plan GROUP BY project_id
), undone AS (
    SELECT change.project_id, change.version, change.at, (
        SELECT jsonb_object_agg(entry ->> 'field', entry -> 'before')
        FROM jsonb_array_elements(change.changes) entry
        WHERE entry ->> 'field' IN ('stage', 'invested_yuan', 'total_investment_yuan', 'contract_amount_yuan', 'key_since')
            OR entry ->> 'field' LIKE 'plan.%.current_on'
    ) AS fields
    FROM project_change change
), later AS (
    SELECT project_id, version, at, pg_temp.laid_over(coalesce(fields, '{}')) OVER (
        PARTITION BY project_id ORDER BY version DESC ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING
    ) AS fields
    FROM undone
), stood AS (
    SELECT DISTINCT ON (later.project_id, later.at)
        later.project_id,
        later.at,
        jsonb_strip_nulls(jsonb_build_object(
            'stage', project.stage,
            'invested_yuan', project.invested_yuan,
            'total_investment_yuan', project.total_investment_yuan,
            'contract_amount_yuan', project.contract_amount_yuan,
            'key_since', project.key_since
        ) || coalesce(plan.days, '{}') || coalesce(later.fields, '{}')) AS figures
    FROM later
    JOIN project ON project.id = later.project_id
    LEFT JOIN plan ON plan.project_id = later.project_id
    ORDER BY later.project_id, later.at, later.version DESC
), fresh AS (
    SELECT *, lag(figures) OVER (PARTITION BY project_id ORDER BY at) AS before FROM stood
)
SELECT
    project_id,
    at,
    lead(at) OVER (PARTITION BY project_id ORDER BY at),
    figures ->> 'stage',
    (figures ->> 'invested_yuan')::bigint,
    (figures ->> 'total_investment_yuan')::bigint,
    (figures ->> 'contract_amount_yuan')::bigint,
    (figures ->> 'key_since')::date,
    (figures ->> 'plan.start.current_on')::date,
    (figures ->> 'plan.completion.current_on')::date,
    (figures ->> 'plan.production.current_on')::date,
    (figures ->> 'plan.capacity.current_on')::date,
    (figures ->> 'plan.opening.current_on')::date
FROM fresh
WHERE before IS DISTINCT FROM figures;

DROP AGGREGATE pg_temp.laid_over(jsonb)
"""


def upgrade() -> None:
    op.create_table(
        "project_figures",
        sa.Column("project_id", sa.Uuid(), nullable=False),
        sa.Column("known_from", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("known_to", sa.TIMESTAMP(timezone=True), nullable=True),
        sa.Column("stage", sa.String(), nullable=False),
        sa.Column("invested_yuan", sa.BigInteger(), nullable=False),
        sa.Column("total_investment_yuan", sa.BigInteger(), nullable=True),
        sa.Column("contract_amount_yuan", sa.BigInteger(), nullable=True),
        sa.Column("key_since", sa.Date(), nullable=True),
        *(sa.Column(f"planned_{milestone}_on", sa.Date(), nullable=True) for milestone in _MILESTONES),
        sa.CheckConstraint("known_to > known_from", name=op.f("ck_project_figures_ends_after_it_begins")),
        sa.ForeignKeyConstraint(
            ["project_id"], ["project.id"], name=op.f("fk_project_figures_project_id_project")
        ),
        sa.PrimaryKeyConstraint("project_id", "known_from", name=op.f("pk_project_figures")),
    )
    for statement in FILL.split(";"):
        op.execute(statement)
    # After the rows: an index is made faster than kept.
    op.create_index(
        "uq_project_figures_now",
        "project_figures",
        ["project_id"],
        unique=True,
        postgresql_where=sa.text("known_to IS NULL"),
    )


def downgrade() -> None:
    op.drop_index("uq_project_figures_now", table_name="project_figures")
    op.drop_table("project_figures")
