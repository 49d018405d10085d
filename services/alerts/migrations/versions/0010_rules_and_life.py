"""Rules with labels, durations and clearings, events kept to test them, and the whole life of an alert (S26, S28).

Alerts that exist take the key they had (object and condition); those that the software resolved were over by their
condition and count as verified. Shipped rules: what the design names as practice (start late yellow, three months
red; ten to thirty points behind yellow, more red), and the warnings of supply, orderly use, phase-out, targets and
economy. Rules that an office has changed stay as they are.
"""

import json
from datetime import UTC, datetime

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0010"
down_revision = "0005"
branch_labels = None
depends_on = None

_BEGINNING = datetime(2000, 1, 1, tzinfo=UTC)
_PROJECTS = ("projects.condition.opened.v1", "projects.condition.cleared.v1")
_SITUATION = ("energy.situation.opened.v1", "energy.situation.cleared.v1")

# Gap as a share of the forecast maximum load: Ⅳ blue to Ⅰ red (S17).
_BY_GAP = {
    "cases": [
        {"when": "gap_percent >= 20", "severity": "red"},
        {"when": "gap_percent >= 10", "severity": "orange"},
        {"when": "gap_percent >= 5", "severity": "yellow"},
        {"when": "gap_percent >= 0", "severity": "blue"},
    ],
    "by_level": {"1": "blue", "2": "yellow", "3": "orange", "4": "red"},
    "otherwise": "blue",
}
_BY_POINTS = {
    "cases": [
        {"when": "planned_percent - actual_percent > 30", "severity": "red"},
        {"when": "planned_percent - actual_percent >= 10", "severity": "yellow"},
    ],
    "by_level": {"1": "yellow", "2": "red"},
    "otherwise": "yellow",
}
_BY_MONTHS = {
    "cases": [{"when": "days >= 90", "severity": "red"}],
    "by_level": {"1": "yellow", "2": "red"},
    "otherwise": "yellow",
}


def _by_level(first: str, second: str) -> dict[str, object]:
    return {"by_level": {"1": first, "2": second}, "otherwise": first}


# Kind: event types, names, what it is about, severity, policy, clock.
_KINDS: dict[str, tuple[tuple[str, str], str, str, str | None, dict[str, object], str, str | None]] = {
    "energy.supply_shortage": (
        _SITUATION,
        "电力供应缺口",
        "Supply shortage",
        None,
        _BY_GAP,
        "grid",
        "around_the_clock",
    ),
    "energy.shortage_forecast": (
        _SITUATION,
        "预计电力缺口",
        "Shortage forecast",
        None,
        _BY_GAP,
        "grid",
        "around_the_clock",
    ),
    "energy.non_response": (
        _SITUATION,
        "有序用电未响应",
        "Curtailment not followed",
        None,
        _by_level("orange", "red"),
        "grid",
        "around_the_clock",
    ),
    "energy.phase_out_due_soon": (
        _SITUATION,
        "淘汰关停即将到期",
        "Phase-out due soon",
        None,
        _by_level("blue", "yellow"),
        "projects",
        None,
    ),
    "energy.phase_out_overdue": (
        _SITUATION,
        "淘汰关停逾期",
        "Phase-out overdue",
        None,
        _by_level("orange", "red"),
        "projects",
        None,
    ),
    "energy.energy_target_missed": (
        _SITUATION,
        "能耗指标未完成",
        "Energy target missed",
        None,
        _by_level("yellow", "red"),
        "projects",
        None,
    ),
    "projects.target_behind_pace": (
        _PROJECTS,
        "目标落后序时进度",
        "Target behind pace",
        "target",
        _BY_POINTS,
        "projects",
        None,
    ),
    "projects.economic_dip": (
        _PROJECTS,
        "经济指标下滑",
        "Economic dip",
        None,
        _by_level("yellow", "red"),
        "projects",
        None,
    ),
}


def _rule(code: str) -> dict[str, object]:
    (opened, cleared), name_zh, name_en, object_type, severity, policy, clock = _KINDS[code]
    kind = code.partition(".")[2]
    return {
        "name_zh": name_zh,
        "name_en": name_en,
        "opened_type": opened,
        "cleared_type": cleared,
        "condition": f'kind == "{kind}"',
        "severity": severity,
        "object_type": object_type or _OBJECTS[kind],
        "object_id": "{subject_id}",
        "object_label": "{subject_code}",
        "object_name": "{subject_name}",
        "condition_kind": "{kind}",
        "labels": {"subject_type": "{subject_type}"},
        "title_zh": "{subject_name}（{subject_code}）：" + name_zh,
        "title_en": "{subject_name} ({subject_code}): " + name_en[0].lower() + name_en[1:],
        "text_zh": "{explanation_zh}",
        "text_en": "{explanation_en}",
        "policy_code": policy,
        "clock": clock,
    }


# What stands in the label subject_type may be finer: a substation, an area.
_OBJECTS = {
    "supply_shortage": "grid_area",
    "shortage_forecast": "grid_area",
    "non_response": "activation",
    "phase_out_due_soon": "phase_out",
    "phase_out_overdue": "phase_out",
    "energy_target_missed": "energy_target",
    "economic_dip": "enterprise",
}

# Severities of shipped rules, as the design names them from practice.
_SEVERITIES = {"projects.start_overdue": _BY_MONTHS, "projects.behind_plan": _BY_POINTS}

_RULES = sa.table(
    "alert_rule",
    sa.column("definition", postgresql.JSONB),
    sa.column("revision", sa.Integer),
    *(sa.column(name, sa.TIMESTAMP(timezone=True)) for name in ("valid_from", "changed_at")),
    *(sa.column(name, sa.String) for name in ("code", "changed_by", "opened_type", "reason")),
)


def upgrade() -> None:
    _alerts()
    _conditions()
    _kept_events()
    _records()
    op.add_column("alert_rule", sa.Column("reason", sa.String(), nullable=True))
    _ship_rules()


def _alerts() -> None:
    for column in (
        sa.Column(
            "labels",
            postgresql.JSONB(astext_type=sa.Text()),
            nullable=False,
            server_default=sa.text("'{}'::jsonb"),
        ),
        sa.Column("judged_severity", sa.String(), nullable=True),
        sa.Column("told_severity", sa.String(), nullable=True),
        sa.Column("severity_by", sa.String(), nullable=True),
        sa.Column("dedup_key", sa.String(), nullable=True),
        sa.Column("promises_broken", sa.Integer(), nullable=False, server_default="0"),
        sa.Column("handling_at", sa.TIMESTAMP(timezone=True), nullable=True),
        sa.Column("handled_by", sa.String(), nullable=True),
        sa.Column("cleared_at", sa.TIMESTAMP(timezone=True), nullable=True),
        sa.Column("verified_at", sa.TIMESTAMP(timezone=True), nullable=True),
        sa.Column("verified_by", sa.String(), nullable=True),
        sa.Column("verification", sa.String(), nullable=True),
        sa.Column("reopened", sa.Integer(), nullable=False, server_default="0"),
        sa.Column("merged_into", sa.Uuid(), nullable=True),
    ):
        op.add_column("alert", column)
    op.execute(
        "UPDATE alert SET judged_severity = severity, told_severity = severity,"
        " dedup_key = object_type || ':' || object_id || ':' || condition_kind,"
        " labels = jsonb_build_object('rule', rule_code, 'severity', severity, 'region_code', region_code,"
        " 'object_type', object_type, 'object_id', object_id, 'condition_kind', condition_kind),"
        " promises_broken = (SELECT count(*) FROM alert_trail WHERE alert_id = alert.id AND kind = 'promise_broken')"
    )
    op.execute(
        "UPDATE alert SET verified_at = resolved_at, verified_by = 'system'"
        " WHERE status = 'resolved' AND resolved_by = 'system'"
    )
    for name in ("judged_severity", "told_severity", "dedup_key"):
        op.alter_column("alert", name, nullable=False)
    op.create_foreign_key(op.f("fk_alert_merged_into_alert"), "alert", "alert", ["merged_into"], ["id"])
    op.create_check_constraint(
        op.f("ck_alert_merged_is_not_live"), "alert", "merged_into IS NULL OR status = 'resolved'"
    )
    op.create_check_constraint(
        op.f("ck_alert_verified_is_not_live"), "alert", "verified_at IS NULL OR status = 'resolved'"
    )
    live = sa.text("status <> 'resolved'")
    op.drop_index("uq_alert_live_object_condition", table_name="alert")
    op.create_index("uq_alert_live_dedup_key", "alert", ["dedup_key"], unique=True, postgresql_where=live)
    op.create_index("ix_alert_dedup_key", "alert", ["dedup_key"])
    op.create_index("ix_alert_responsible_person", "alert", ["responsible_person_id"], postgresql_where=live)
    op.create_index(
        "ix_alert_labels", "alert", ["labels"], postgresql_using="gin", postgresql_ops={"labels": "jsonb_path_ops"}
    )
    op.create_index(
        "ix_alert_merged", "alert", ["merged_into"], postgresql_where=sa.text("merged_into IS NOT NULL")
    )


def _conditions() -> None:
    for column in (
        sa.Column("origin_alert_id", sa.Uuid(), nullable=True),
        sa.Column("severity", sa.String(), nullable=True),
        sa.Column("rule_code", sa.String(), nullable=True),
        sa.Column("rule_revision", sa.Integer(), nullable=True),
        sa.Column("occurred_at", sa.TIMESTAMP(timezone=True), nullable=True),
        sa.Column("opens_at", sa.TIMESTAMP(timezone=True), nullable=True),
        sa.Column("clears_at", sa.TIMESTAMP(timezone=True), nullable=True),
        sa.Column("event", postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), nullable=True),
        sa.Column("failures", sa.Integer(), nullable=False, server_default="0"),
        sa.Column("last_error", sa.String(), nullable=True),
        sa.Column(
            "available_at",
            sa.TIMESTAMP(timezone=True),
            server_default=sa.text("clock_timestamp()"),
            nullable=False,
        ),
    ):
        op.add_column("alert_condition", column)
    op.alter_column("alert_condition", "failures", server_default=None)
    op.execute(
        "UPDATE alert_condition SET origin_alert_id = alert_id, severity = alert.severity,"
        " rule_code = alert.rule_code, rule_revision = alert.rule_revision, occurred_at = alert.occurred_at"
        " FROM alert WHERE alert.id = alert_condition.alert_id"
    )
    op.create_foreign_key(
        op.f("fk_alert_condition_origin_alert_id_alert"), "alert_condition", "alert", ["origin_alert_id"], ["id"]
    )
    op.create_check_constraint(
        op.f("ck_alert_condition_waits_with_its_event"), "alert_condition", "opens_at IS NULL OR event IS NOT NULL"
    )
    op.create_index(op.f("ix_alert_condition_origin_alert_id"), "alert_condition", ["origin_alert_id"])
    for name in ("opens_at", "clears_at"):
        op.create_index(
            f"ix_alert_condition_{name}",
            "alert_condition",
            [name],
            postgresql_where=sa.text(f"{name} IS NOT NULL"),
        )


def _kept_events() -> None:
    op.create_table(
        "rule_event",
        sa.Column("event_id", sa.Uuid(), nullable=False),
        sa.Column("type", sa.String(), nullable=False),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("condition_id", sa.String(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("region_code", sa.String(), nullable=True),
        sa.Column("enterprise_id", sa.Uuid(), nullable=True),
        sa.Column("occurred_at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("received_at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("payload", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.PrimaryKeyConstraint("event_id", name=op.f("pk_rule_event")),
    )
    op.create_index("ix_rule_event_type_received", "rule_event", ["type", "received_at"])
    op.create_index(
        "ix_rule_event_region_received",
        "rule_event",
        ["region_code", "received_at"],
        postgresql_ops={"region_code": "text_pattern_ops"},
    )
    op.create_index(op.f("ix_rule_event_received_at"), "rule_event", ["received_at"])
    retention = op.create_table(
        "rule_event_retention",
        sa.Column("event_type", sa.String(), nullable=False),
        sa.Column("days", sa.Integer(), nullable=False),
        sa.Column("changed_by", sa.String(), nullable=False),
        sa.Column("changed_at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.CheckConstraint("days BETWEEN 1 AND 3660", name=op.f("ck_rule_event_retention_days_sensible")),
        sa.PrimaryKeyConstraint("event_type", name=op.f("pk_rule_event_retention")),
    )
    op.bulk_insert(retention, [{"event_type": "*", "days": 90, "changed_by": "shipped", "changed_at": _BEGINNING}])
    op.create_table(
        "rule_test",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("digest", sa.String(), nullable=False),
        sa.Column("code", sa.String(), nullable=True),
        sa.Column("run_by", sa.String(), nullable=False),
        sa.Column("run_at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("since", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("until", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("region_code", sa.String(), nullable=True),
        sa.Column("summary", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_rule_test")),
    )
    op.create_index("ix_rule_test_digest", "rule_test", ["digest"])


def _records() -> None:
    op.create_table(
        "alert_handling",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("alert_id", sa.Uuid(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column(
            "attachments",
            postgresql.JSONB(astext_type=sa.Text()),
            nullable=False,
            server_default=sa.text("'[]'::jsonb"),
        ),
        sa.Column("done_at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("recorded_at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("recorded_by", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["alert_id"], ["alert.id"], name=op.f("fk_alert_handling_alert_id_alert")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_alert_handling")),
    )
    op.create_index("ix_alert_handling_alert", "alert_handling", ["alert_id", "recorded_at"])
    op.create_table(
        "alert_link",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("alert_id", sa.Uuid(), nullable=False),
        sa.Column("other_id", sa.Uuid(), nullable=False),
        sa.Column("relation", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=True),
        sa.Column("created_at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("created_by", sa.String(), nullable=False),
        sa.Column("removed_at", sa.TIMESTAMP(timezone=True), nullable=True),
        sa.Column("removed_by", sa.String(), nullable=True),
        sa.CheckConstraint("alert_id <> other_id", name=op.f("ck_alert_link_not_to_itself")),
        sa.CheckConstraint("relation IN ('related', 'caused_by')", name=op.f("ck_alert_link_relation_known")),
        sa.ForeignKeyConstraint(["alert_id"], ["alert.id"], name=op.f("fk_alert_link_alert_id_alert")),
        sa.ForeignKeyConstraint(["other_id"], ["alert.id"], name=op.f("fk_alert_link_other_id_alert")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_alert_link")),
    )
    op.create_index(
        "uq_alert_link_standing",
        "alert_link",
        ["alert_id", "other_id", "relation"],
        unique=True,
        postgresql_where=sa.text("removed_at IS NULL"),
    )
    op.create_index("ix_alert_link_other", "alert_link", ["other_id"])


def _ship_rules() -> None:
    shipped = {"valid_from": _BEGINNING, "changed_at": _BEGINNING, "changed_by": "shipped"}
    op.bulk_insert(
        _RULES,
        [
            {
                "code": code,
                "revision": 1,
                "opened_type": _KINDS[code][0][0],
                "definition": _rule(code),
                "reason": None,
            }
            | shipped
            for code in _KINDS
        ],
    )
    for code, severity in _SEVERITIES.items():
        # What an office has made of the rule stays.
        op.get_bind().execute(
            sa.text(
                "INSERT INTO alert_rule (code, revision, opened_type, valid_from, definition, changed_by, changed_at,"
                " reason) SELECT code, 2, opened_type, valid_from,"
                " jsonb_set(definition, '{severity}', CAST(:severity AS jsonb)), changed_by, changed_at, :reason"
                " FROM alert_rule WHERE code = :code AND revision = 1 AND changed_by = 'shipped'"
                " AND NOT EXISTS (SELECT 1 FROM alert_rule AS newer WHERE newer.code = :code AND newer.revision > 1)"
            ),
            {"code": code, "severity": json.dumps(severity), "reason": "severities of practice (S26)"},
        )


def downgrade() -> None:
    for code in _SEVERITIES:
        op.execute(f"DELETE FROM alert_rule WHERE code = '{code}' AND revision = 2 AND changed_by = 'shipped'")  # noqa: S608 - our own words
    codes = ", ".join(f"'{code}'" for code in _KINDS)
    op.execute(f"DELETE FROM alert_rule WHERE changed_by = 'shipped' AND code IN ({codes})")  # noqa: S608 - our own words
    op.drop_column("alert_rule", "reason")
    for table in ("alert_link", "alert_handling", "rule_test", "rule_event_retention", "rule_event"):
        op.drop_table(table)
    for name in ("opens_at", "clears_at"):
        op.drop_index(f"ix_alert_condition_{name}", table_name="alert_condition")
    for name in (
        "available_at",
        "last_error",
        "failures",
        "event",
        "clears_at",
        "opens_at",
        "occurred_at",
        "rule_revision",
        "rule_code",
        "severity",
        "origin_alert_id",
    ):
        op.drop_column("alert_condition", name)
    for name in (
        "ix_alert_merged",
        "ix_alert_labels",
        "ix_alert_responsible_person",
        "ix_alert_dedup_key",
        "uq_alert_live_dedup_key",
    ):
        op.drop_index(name, table_name="alert")
    # Of live alerts that share object and condition only the oldest can stay live below this revision.
    op.execute(
        "UPDATE alert SET status = 'resolved', resolution = 'merged' FROM alert AS older"
        " WHERE alert.status <> 'resolved' AND older.status <> 'resolved' AND older.number < alert.number"
        " AND (older.object_type, older.object_id, older.condition_kind)"
        " = (alert.object_type, alert.object_id, alert.condition_kind)"
    )
    op.create_index(
        "uq_alert_live_object_condition",
        "alert",
        ["object_type", "object_id", "condition_kind"],
        unique=True,
        postgresql_where=sa.text("status <> 'resolved'"),
    )
    for name in (
        "merged_into",
        "reopened",
        "verification",
        "verified_by",
        "verified_at",
        "cleared_at",
        "handled_by",
        "handling_at",
        "promises_broken",
        "dedup_key",
        "severity_by",
        "told_severity",
        "judged_severity",
        "labels",
    ):
        op.drop_column("alert", name)
