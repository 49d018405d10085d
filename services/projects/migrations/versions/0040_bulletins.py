"""Bulletins: templates, rules of the red and black lists, editions with figures, rows and files, receipts.

Four templates and the usual rules are shipped for everywhere; a region's own go before them.
"""

from datetime import UTC, date, datetime
from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from libs.common.security.append_only import append_only_ddl

revision = "0040"
down_revision = "0038"
branch_labels = None
depends_on = None

_INSTANT = sa.DateTime(timezone=True)
_JSON = postgresql.JSONB(astext_type=sa.Text())
_ALWAYS = date(2000, 1, 1)
_WRITTEN = datetime(2000, 1, 1, tzinfo=UTC)
_TABLES = (
    "bulletin_step",
    "bulletin_rows",
    "bulletin_file",
    "bulletin_figure",
    "bulletin",
    "bulletin_template",
    "bulletin_receipt",
    "bulletin_number",
    "bulletin_notice",
    "bulletin_list_rule",
)
_APPEND_ONLY = ("bulletin_step", "bulletin_file")
# What was published stays as it was, whoever writes: of the bulletin itself only who replaced it may change.
_FROZEN = (
    """
    CREATE FUNCTION bulletin_facts_frozen() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        IF EXISTS (
            SELECT FROM bulletin
            WHERE status = 'published' AND id = (CASE TG_OP WHEN 'INSERT' THEN NEW.bulletin_id ELSE OLD.bulletin_id END)
        ) THEN
            RAISE EXCEPTION 'the bulletin is published: % of % refused', TG_OP, TG_TABLE_NAME;
        END IF;
        RETURN CASE TG_OP WHEN 'DELETE' THEN OLD ELSE NEW END;
    END $$
    """,
    """
    CREATE FUNCTION bulletin_frozen() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        IF TG_OP = 'DELETE' OR (to_jsonb(NEW) - 'superseded_by_id' - 'version' - 'updated_at')
            IS DISTINCT FROM (to_jsonb(OLD) - 'superseded_by_id' - 'version' - 'updated_at') THEN
            RAISE EXCEPTION 'the bulletin is published: % refused', TG_OP;
        END IF;
        RETURN NEW;
    END $$
    """,
    """
    CREATE TRIGGER bulletin_frozen BEFORE UPDATE OR DELETE ON bulletin
    FOR EACH ROW WHEN (OLD.status = 'published') EXECUTE FUNCTION bulletin_frozen()
    """,
    *(
        f"CREATE TRIGGER {table}_frozen BEFORE INSERT OR UPDATE OR DELETE ON {table}"
        " FOR EACH ROW EXECUTE FUNCTION bulletin_facts_frozen()"
        for table in ("bulletin_figure", "bulletin_rows")
    ),
)
_MONTHLY = ("economy", "targets", "projects", "lists", "alerts")
_QUARTERLY = ("economy", "targets", "projects", "contest", "lists", "alerts", "support", "energy")
_YEARLY = (*_QUARTERLY, "honours")
# Kind, title in both languages, sections.
_TEMPLATES: tuple[tuple[str, str, str, tuple[str, ...]], ...] = (
    (
        "month",
        "关于{until}\n{region}工业经济运行情况的通报",
        "The industrial economy of {region}, {until}",
        _MONTHLY,
    ),
    (
        "quarter",
        "关于{period}\n{region}工业经济运行和考评情况的通报",
        "{region}: economy and assessment of {period}",
        _QUARTERLY,
    ),
    (
        "half_year",
        "关于{period}\n{region}工业经济运行和考评情况的通报",
        "{region}: economy and assessment of {period}",
        _YEARLY,
    ),
    (
        "year",
        "关于{period}\n{region}工业经济工作情况的通报",
        "{region}: the industrial economy in {period}",
        _YEARLY,
    ),
)
# Code, colour, criterion, comparison, subject, threshold, smallest amount, kinds, level, most, reasons.
_RULES: tuple[tuple[Any, ...], ...] = (
    ("contest_first", "red", "contest_place", "at_most", None, 3, None, (), 1, 12, "擂台赛排名前三位", "among the first three of the contest"),
    ("contest_last", "black", "contest_last", "at_most", None, 1, None, (), 1, 4, "擂台赛排名末位", "last of the contest"),
    ("fast_township", "red", "growth", "at_least", "township", 15, None, (), 1, 3, "工业总产值增速达到15%以上", "output grew by 15% or more"),
    ("falling_township", "black", "growth", "at_most", "township", -5, None, (), 1, 3, "工业总产值下降5%以上", "output fell by 5% or more"),
    ("fast_enterprise", "red", "growth", "at_least", "enterprise", 30, 20_000_000, (), 1, 5, "产值2000万元以上且增速达到30%以上", "output of 20 million or more grew by 30% or more"),
    ("target_reached", "red", "completion", "at_least", "target", 100, None, (), 1, 10, "提前完成年度目标", "the year's target reached"),
    ("target_behind", "black", "pace_behind", "at_least", "target", 30, None, (), 1, 10, "落后序时进度30个百分点以上", "30 points or more behind the pace"),
    ("honoured", "red", "honour", "present", None, None, None, (), 1, 20, "受到表彰", "honoured"),
    ("vetoed", "black", "veto", "present", None, None, None, (), 1, 20, "被一票否决", "vetoed"),
    ("project_stuck", "black", "open_condition", "at_least", "project", 60, None, ("stalled", "start_overdue", "capacity_overdue"), 2, 10, "项目严重滞后60天以上未销号", "a project severely late for 60 days"),
)  # fmt: skip


def upgrade() -> None:
    op.create_table(
        "bulletin_list_rule",
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("updated_at", _INSTANT, nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("region_code", sa.String(), nullable=True),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("colour", sa.String(), nullable=False),
        sa.Column("criterion", sa.String(), nullable=False),
        sa.Column("comparison", sa.String(), nullable=False),
        sa.Column("subject", sa.String(), nullable=True),
        sa.Column("threshold", sa.Numeric(precision=24, scale=6), nullable=True),
        sa.Column("min_amount", sa.Numeric(precision=24, scale=6), nullable=True),
        sa.Column("kinds", _JSON, nullable=False),
        sa.Column("min_level", sa.Integer(), nullable=False),
        sa.Column("most", sa.Integer(), nullable=False),
        sa.Column("reason_zh", sa.String(), nullable=False),
        sa.Column("reason_en", sa.String(), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.CheckConstraint(
            "(comparison = 'present') = (threshold IS NULL)",
            name=op.f("ck_bulletin_list_rule_threshold_unless_present"),
        ),
        sa.CheckConstraint("colour IN ('red', 'black')", name=op.f("ck_bulletin_list_rule_colour")),
        sa.CheckConstraint("most >= 1", name=op.f("ck_bulletin_list_rule_most_positive")),
        sa.CheckConstraint("valid_to > valid_from", name=op.f("ck_bulletin_list_rule_ends_after_it_begins")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_bulletin_list_rule")),
    )
    op.create_index(
        "uq_bulletin_list_rule_code_region_from",
        "bulletin_list_rule",
        ["code", "region_code", "valid_from"],
        unique=True,
        postgresql_nulls_not_distinct=True,
    )
    op.create_table(
        "bulletin_notice",
        sa.Column("notice_id", sa.Uuid(), nullable=False),
        sa.Column("bulletin_id", sa.Uuid(), nullable=False),
        sa.Column("event_version", sa.Integer(), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("recipients", sa.Integer(), nullable=False),
        sa.Column("confirm_by", _INSTANT, nullable=True),
        sa.Column("sent_at", _INSTANT, nullable=True),
        sa.Column("overdue_at", _INSTANT, nullable=True),
        sa.Column("ended_at", _INSTANT, nullable=True),
        sa.PrimaryKeyConstraint("notice_id", name=op.f("pk_bulletin_notice")),
    )
    op.create_index(op.f("ix_bulletin_notice_bulletin_id"), "bulletin_notice", ["bulletin_id"], unique=False)
    op.create_table(
        "bulletin_number",
        sa.Column("word", sa.String(), nullable=False),
        sa.Column("year", sa.SmallInteger(), nullable=False),
        sa.Column("last", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("word", "year", name=op.f("pk_bulletin_number")),
    )
    op.create_table(
        "bulletin_receipt",
        sa.Column("receipt_id", sa.Uuid(), nullable=False),
        sa.Column("notice_id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("delivered_at", _INSTANT, nullable=True),
        sa.Column("failed_at", _INSTANT, nullable=True),
        sa.Column("read_at", _INSTANT, nullable=True),
        sa.Column("read_by", sa.String(), nullable=True),
        sa.Column("confirmed_at", _INSTANT, nullable=True),
        sa.Column("confirmed_by", sa.String(), nullable=True),
        sa.PrimaryKeyConstraint("receipt_id", name=op.f("pk_bulletin_receipt")),
    )
    op.create_index(op.f("ix_bulletin_receipt_notice_id"), "bulletin_receipt", ["notice_id"], unique=False)
    op.create_index(op.f("ix_bulletin_receipt_person_id"), "bulletin_receipt", ["person_id"], unique=False)
    op.create_table(
        "bulletin_template",
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("updated_at", _INSTANT, nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("region_code", sa.String(), nullable=True),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("organ", sa.String(), nullable=False),
        sa.Column("signer", sa.String(), nullable=False),
        sa.Column("number_word", sa.String(), nullable=False),
        sa.Column("title_zh", sa.String(), nullable=False),
        sa.Column("title_en", sa.String(), nullable=False),
        sa.Column("addressees", sa.String(), nullable=False),
        sa.Column("copies", sa.String(), nullable=False),
        sa.Column("sections", _JSON, nullable=False),
        sa.Column("recipients", _JSON, nullable=False),
        sa.Column("confirm_days", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "kind IN ('month', 'quarter', 'half_year', 'year')", name=op.f("ck_bulletin_template_kind")
        ),
        sa.CheckConstraint("confirm_days >= 1", name=op.f("ck_bulletin_template_confirm_days_positive")),
        sa.CheckConstraint("valid_to > valid_from", name=op.f("ck_bulletin_template_ends_after_it_begins")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_bulletin_template")),
    )
    op.create_index(
        "uq_bulletin_template_kind_region_from",
        "bulletin_template",
        ["kind", "region_code", "valid_from"],
        unique=True,
        postgresql_nulls_not_distinct=True,
    )
    op.create_table(
        "bulletin",
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("updated_at", _INSTANT, nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("region_code", sa.Text(), nullable=False),
        sa.Column("region_name", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("year", sa.SmallInteger(), nullable=False),
        sa.Column("number", sa.SmallInteger(), nullable=False),
        sa.Column("edition", sa.Integer(), nullable=False),
        sa.Column("corrects_id", sa.Uuid(), nullable=True),
        sa.Column("superseded_by_id", sa.Uuid(), nullable=True),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("title_zh", sa.String(), nullable=False),
        sa.Column("title_en", sa.String(), nullable=False),
        sa.Column("template_id", sa.Uuid(), nullable=False),
        sa.Column("template", _JSON, nullable=False),
        sa.Column("recipients", _JSON, nullable=False),
        sa.Column("content", _JSON, nullable=False),
        sa.Column("figures_at", _INSTANT, nullable=False),
        sa.Column("writers", _JSON, nullable=False),
        sa.Column("created_by", sa.String(), nullable=False),
        sa.Column("created_at", _INSTANT, nullable=False),
        sa.Column("reviewed_by", sa.String(), nullable=True),
        sa.Column("reviewed_at", _INSTANT, nullable=True),
        sa.Column("number_word", sa.String(), nullable=True),
        sa.Column("number_year", sa.SmallInteger(), nullable=True),
        sa.Column("number_seq", sa.Integer(), nullable=True),
        sa.Column("published_at", _INSTANT, nullable=True),
        sa.Column("published_by", sa.String(), nullable=True),
        sa.Column("confirm_by", _INSTANT, nullable=True),
        sa.Column("changes", _JSON, nullable=False),
        sa.Column("digest", sa.String(), nullable=True),
        sa.CheckConstraint(
            "(status = 'published') = (published_at IS NOT NULL AND number_seq IS NOT NULL)",
            name=op.f("ck_bulletin_published_numbered"),
        ),
        sa.CheckConstraint(
            "edition = 1 OR (corrects_id IS NOT NULL AND reason <> '')", name=op.f("ck_bulletin_later_with_reason")
        ),
        sa.CheckConstraint("kind IN ('month', 'quarter', 'half_year', 'year')", name=op.f("ck_bulletin_kind")),
        sa.CheckConstraint(
            "status <> 'reviewed' OR reviewed_by IS NOT NULL", name=op.f("ck_bulletin_reviewed_by_somebody")
        ),
        sa.CheckConstraint(
            "status IN ('draft', 'reviewed', 'published', 'discarded')", name=op.f("ck_bulletin_status")
        ),
        sa.ForeignKeyConstraint(["corrects_id"], ["bulletin.id"], name=op.f("fk_bulletin_corrects_id_bulletin")),
        sa.ForeignKeyConstraint(["region_code"], ["region.code"], name=op.f("fk_bulletin_region_code_region")),
        sa.ForeignKeyConstraint(
            ["superseded_by_id"], ["bulletin.id"], name=op.f("fk_bulletin_superseded_by_id_bulletin")
        ),
        sa.ForeignKeyConstraint(
            ["template_id"], ["bulletin_template.id"], name=op.f("fk_bulletin_template_id_bulletin_template")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_bulletin")),
        sa.UniqueConstraint("number_word", "number_year", "number_seq", name="uq_bulletin_number"),
    )
    op.create_index(op.f("ix_bulletin_corrects_id"), "bulletin", ["corrects_id"], unique=False)
    op.create_index(
        "ix_bulletin_region_prefix",
        "bulletin",
        ["region_code"],
        unique=False,
        postgresql_ops={"region_code": "text_pattern_ops"},
    )
    op.create_index(op.f("ix_bulletin_status"), "bulletin", ["status"], unique=False)
    op.create_index(
        "uq_bulletin_draft",
        "bulletin",
        ["region_code", "kind", "year", "number"],
        unique=True,
        postgresql_where=sa.text("status IN ('draft', 'reviewed')"),
    )
    op.create_index(
        "uq_bulletin_edition",
        "bulletin",
        ["region_code", "kind", "year", "number", "edition"],
        unique=True,
        postgresql_where=sa.text("status <> 'discarded'"),
    )
    op.create_table(
        "bulletin_figure",
        sa.Column("bulletin_id", sa.Uuid(), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("data", _JSON, nullable=False),
        sa.ForeignKeyConstraint(
            ["bulletin_id"], ["bulletin.id"], name=op.f("fk_bulletin_figure_bulletin_id_bulletin")
        ),
        sa.PrimaryKeyConstraint("bulletin_id", "key", name=op.f("pk_bulletin_figure")),
    )
    op.create_table(
        "bulletin_file",
        sa.Column("bulletin_id", sa.Uuid(), nullable=False),
        sa.Column("format", sa.String(), nullable=False),
        sa.Column("language", sa.String(), nullable=False),
        sa.Column("media_type", sa.String(), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("size_bytes", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("format IN ('docx', 'pdf', 'html')", name=op.f("ck_bulletin_file_format")),
        sa.ForeignKeyConstraint(
            ["bulletin_id"], ["bulletin.id"], name=op.f("fk_bulletin_file_bulletin_id_bulletin")
        ),
        sa.ForeignKeyConstraint(
            ["sha256"], ["document_content.sha256"], name=op.f("fk_bulletin_file_sha256_document_content")
        ),
        sa.PrimaryKeyConstraint("bulletin_id", "format", "language", name=op.f("pk_bulletin_file")),
    )
    op.create_index(op.f("ix_bulletin_file_sha256"), "bulletin_file", ["sha256"], unique=False)
    op.create_table(
        "bulletin_rows",
        sa.Column("bulletin_id", sa.Uuid(), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.Column("sha256", sa.String(), nullable=False),
        sa.Column("packed", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["bulletin_id"], ["bulletin.id"], name=op.f("fk_bulletin_rows_bulletin_id_bulletin")
        ),
        sa.PrimaryKeyConstraint("bulletin_id", "key", name=op.f("pk_bulletin_rows")),
    )
    op.create_table(
        "bulletin_step",
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("at", _INSTANT, nullable=False),
        sa.Column("actor", sa.String(), nullable=False),
        sa.Column("actor_role", sa.String(), nullable=False),
        sa.Column("actor_person_id", sa.Uuid(), nullable=True),
        sa.Column("action", sa.String(), nullable=False),
        sa.Column("note", sa.String(), nullable=False),
        sa.Column("facts", _JSON, nullable=False),
        sa.Column("bulletin_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["bulletin_id"], ["bulletin.id"], name=op.f("fk_bulletin_step_bulletin_id_bulletin")
        ),
        sa.PrimaryKeyConstraint("version", "bulletin_id", name=op.f("pk_bulletin_step")),
    )
    for statement in (*append_only_ddl(*_APPEND_ONLY), *_FROZEN):
        op.execute(statement)
    _ship()


def _ship() -> None:
    templates = sa.table(
        "bulletin_template",
        sa.column("id", sa.Uuid()),
        *(sa.column(name) for name in ("version", "updated_at", "valid_from", "kind", "organ", "signer")),
        *(sa.column(name) for name in ("number_word", "title_zh", "title_en", "addressees", "copies")),
        *(sa.column(name, _JSON) for name in ("sections", "recipients")),
        sa.column("confirm_days"),
    )
    op.bulk_insert(
        templates,
        [
            {
                "id": f"01926f4e-7f00-7000-8000-0000004000{number:02x}",
                "version": 1,
                "updated_at": _WRITTEN,
                "valid_from": _ALWAYS,
                "kind": kind,
                "organ": "工业经济工作领导小组办公室文件",
                "signer": "工业经济工作领导小组办公室",
                "number_word": "工经通报",
                "title_zh": title_zh,
                "title_en": title_en,
                "addressees": "各有关单位：",
                "copies": "",
                "sections": [{"code": code, "options": {}} for code in sections],
                "recipients": [
                    {"person_id": None, "unit_id": None, "post": None, "region_code": None, "include_below": True}
                ],
                "confirm_days": 2,
            }
            for number, (kind, title_zh, title_en, sections) in enumerate(_TEMPLATES)
        ],
    )
    names = ("code", "colour", "criterion", "comparison", "subject", "threshold", "min_amount", "kinds")
    others = ("min_level", "most", "reason_zh", "reason_en")
    rules = sa.table(
        "bulletin_list_rule",
        sa.column("id", sa.Uuid()),
        *(sa.column(name) for name in ("version", "updated_at", "valid_from", "active")),
        *(sa.column(name, _JSON) if name == "kinds" else sa.column(name) for name in (*names, *others)),
    )
    op.bulk_insert(
        rules,
        [
            {
                "id": f"01926f4e-7f00-7000-8000-0000004001{number:02x}",
                "version": 1,
                "updated_at": _WRITTEN,
                "valid_from": _ALWAYS,
                "active": True,
                **dict(zip((*names, *others), rule, strict=True)),
                "kinds": list(rule[7]),
            }
            for number, rule in enumerate(_RULES)
        ],
    )


def downgrade() -> None:
    for table in _TABLES:
        op.drop_table(table)
    for function in ("bulletin_facts_frozen", "bulletin_frozen"):
        op.execute(f"DROP FUNCTION {function}()")
