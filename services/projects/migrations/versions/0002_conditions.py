"""Conditions of any subject, not of projects alone."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

_SUBJECT = ("subject_type", "subject_id", "subject_code", "subject_name")
_OTHERS = (
    ("project_code", sa.String()),
    ("project_name", sa.String()),
    ("enterprise_id", sa.Uuid()),
    ("responsible_person_id", sa.Uuid()),
    ("responsible_unit_id", sa.Uuid()),
    ("planned_percent", sa.Float()),
    ("actual_percent", sa.Float()),
)


def upgrade() -> None:
    op.drop_constraint("fk_project_condition_project_id_project", "project_condition", type_="foreignkey")
    op.drop_index("uq_project_condition_open", table_name="project_condition")
    op.rename_table("project_condition", "condition")
    op.execute("ALTER INDEX pk_project_condition RENAME TO pk_condition")
    op.execute("ALTER INDEX ix_project_condition_project_id RENAME TO ix_condition_project_id")
    op.execute("ALTER INDEX ix_project_condition_region_prefix RENAME TO ix_condition_region_prefix")
    op.alter_column("condition", "project_id", nullable=True)
    for name in _SUBJECT:
        kind = sa.Uuid() if name == "subject_id" else sa.String()
        op.add_column("condition", sa.Column(name, kind, nullable=True))
    for name, kind in _OTHERS:
        op.add_column("condition", sa.Column(name, kind, nullable=True))
    op.add_column("condition", sa.Column("explanation_zh", sa.String(), nullable=False, server_default=""))
    op.add_column("condition", sa.Column("explanation_en", sa.String(), nullable=False, server_default=""))
    op.alter_column("condition", "explanation_zh", server_default=None)
    op.alter_column("condition", "explanation_en", server_default=None)
    op.execute(
        """
        UPDATE condition SET
            subject_type = 'project', subject_id = project.id, subject_code = project.code,
            subject_name = project.name, project_code = project.code, project_name = project.name,
            enterprise_id = project.enterprise_id, responsible_person_id = project.responsible_person_id,
            responsible_unit_id = project.responsible_unit_id
        FROM project WHERE project.id = condition.project_id
        """
    )
    for name in _SUBJECT:
        op.alter_column("condition", name, nullable=False)
    op.create_index("ix_condition_subject_id", "condition", ["subject_id"])
    op.create_index(
        "uq_condition_open",
        "condition",
        ["subject_id", "kind"],
        unique=True,
        postgresql_where=sa.text("cleared_at IS NULL"),
    )


def downgrade() -> None:
    op.execute("DELETE FROM condition WHERE subject_type <> 'project'")
    op.drop_index("uq_condition_open", table_name="condition")
    op.drop_index("ix_condition_subject_id", table_name="condition")
    for name in (*_SUBJECT, *(name for name, _ in _OTHERS), "explanation_zh", "explanation_en"):
        op.drop_column("condition", name)
    op.alter_column("condition", "project_id", nullable=False)
    op.rename_table("condition", "project_condition")
    op.execute("ALTER INDEX pk_condition RENAME TO pk_project_condition")
    op.execute("ALTER INDEX ix_condition_project_id RENAME TO ix_project_condition_project_id")
    op.execute("ALTER INDEX ix_condition_region_prefix RENAME TO ix_project_condition_region_prefix")
    op.create_index(
        "uq_project_condition_open",
        "project_condition",
        ["project_id", "kind"],
        unique=True,
        postgresql_where=sa.text("cleared_at IS NULL"),
    )
    op.create_foreign_key(
        "fk_project_condition_project_id_project", "project_condition", "project", ["project_id"], ["id"]
    )
