"""Duty rosters, stand-ins, office hours; timers of more kinds; the watch, and what it tells people.

The shipped policies send what runs around the clock to the duty roster first (S28): the officer on duty, then the
leader on duty (带班领导), where a region has such rosters; the posts answer as before where it has none, and beside
the roster in working time. Who promised is reminded before the date. All spans are a choice.
"""

from datetime import UTC, datetime

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0030"
down_revision = "0010"
branch_labels = None
depends_on = None

_BEGINNING = datetime(2000, 1, 1, tzinfo=UTC)
_SEVERITIES = ("blue", "yellow", "orange", "red")
_AROUND = dict.fromkeys(_SEVERITIES, "around_the_clock")
_BY_SEVERITY = {
    "blue": "working",
    "yellow": "working",
    "orange": "around_the_clock",
    "red": "around_the_clock",
}
_AT_ONCE = dict.fromkeys(_SEVERITIES, "0m")
_OPENED, _CLEARED = "alerts.condition.opened.v1", "alerts.condition.cleared.v1"


def _rung(post: str, after: dict[str, str], rosters: tuple[str, ...] = ()) -> dict[str, object]:
    return {"post": post, "rosters": list(rosters), "after": after}


def _policy(
    name_zh: str,
    name_en: str,
    rungs: list[dict[str, object]],
    clocks: dict[str, str],
    promise: dict[str, str],
    remind: dict[str, str],
    reminders: dict[str, list[str]],
) -> dict[str, object]:
    return {
        "name_zh": name_zh,
        "name_en": name_en,
        "rungs": rungs,
        "clocks": clocks,
        "promise": promise,
        "promise_reminders": reminders,
        "remind": remind,
        "longest_promise_days": 30,
    }


def _energy(name_zh: str, name_en: str, clocks: dict[str, str], rosters: tuple[str, ...]) -> dict[str, object]:
    return _policy(
        name_zh,
        name_en,
        [
            _rung("officer", _AT_ONCE, rosters),
            _rung("leader", {"blue": "420m", "yellow": "120m", "orange": "30m", "red": "15m"}, ("duty_leader",)),
            _rung("supervision_group", {"blue": "840m", "yellow": "240m", "orange": "60m", "red": "30m"}),
            _rung("leading_group", {"yellow": "840m", "orange": "240m", "red": "60m"}),
        ],
        clocks,
        {"blue": "840m", "yellow": "420m", "orange": "240m", "red": "120m"},
        {"yellow": "840m", "orange": "720m", "red": "480m"},
        {"blue": ["60m"], "yellow": ["60m"], "orange": ["60m"], "red": ["30m"]},
    )


_REVISED = {
    "energy": _energy("用能预警督办", "Energy", _BY_SEVERITY, ("energy", "around_the_clock")),
    "grid": _energy("电网预警督办", "Grid", _AROUND, ("grid", "curtailment", "around_the_clock")),
    "projects": _policy(
        "项目预警督办",
        "Projects",
        [
            _rung("officer", _AT_ONCE, ("projects", "around_the_clock")),
            _rung(
                "leader", {"blue": "1260m", "yellow": "840m", "orange": "240m", "red": "120m"}, ("duty_leader",)
            ),
            _rung("supervision_group", {"blue": "2100m", "yellow": "1260m", "orange": "480m", "red": "240m"}),
            _rung("leading_group", {"yellow": "2100m", "orange": "1440m", "red": "480m"}),
        ],
        _BY_SEVERITY,
        {"blue": "2100m", "yellow": "2100m", "orange": "4320m", "red": "4320m"},
        {"yellow": "2100m", "orange": "1440m", "red": "1440m"},
        {"blue": ["1d"], "yellow": ["1d"], "orange": ["1d"], "red": ["1d"]},
    ),
}

_NEW = {
    "operations": _policy(
        "系统运行值守",
        "Operations",
        [
            _rung("operations", _AT_ONCE, ("operations",)),
            _rung("leader", {"blue": "480m", "yellow": "240m", "orange": "30m", "red": "15m"}, ("duty_leader",)),
            _rung("leading_group", {"orange": "240m", "red": "60m"}),
        ],
        _AROUND,
        {"blue": "480m", "yellow": "480m", "orange": "240m", "red": "120m"},
        {"yellow": "1440m", "orange": "720m", "red": "240m"},
        {"red": ["30m"]},
    ),
    "duty": _policy(
        "值班空缺督办",
        "Duty gaps",
        [
            _rung("officer", _AT_ONCE),
            _rung("leader", {"blue": "420m", "yellow": "210m", "orange": "60m", "red": "15m"}),
            _rung("supervision_group", {"yellow": "420m", "orange": "240m", "red": "60m"}),
        ],
        _BY_SEVERITY,
        {"blue": "840m", "yellow": "420m", "orange": "240m", "red": "60m"},
        {"yellow": "840m", "orange": "720m", "red": "240m"},
        {"yellow": ["60m"], "orange": ["60m"], "red": ["30m"]},
    ),
}


def _rule(
    kind: str,
    name_zh: str,
    name_en: str,
    title_zh: str,
    title_en: str,
    severities: tuple[str, str, str],
    policy: str,
    *,
    clears: bool = True,
) -> dict[str, object]:
    return {
        "name_zh": name_zh,
        "name_en": name_en,
        "opened_type": _OPENED,
        "cleared_type": _CLEARED if clears else None,
        "condition": f'kind == "{kind}"',
        "severity": {"by_level": dict(zip("123", severities, strict=True)), "otherwise": severities[0]},
        "object_type": "duty_roster" if policy == "duty" else "alerts_service",
        "object_id": "{subject_id}",
        "object_label": "{subject_code}" if policy == "duty" else "{subject_id}",
        "object_name": "{subject_name_zh}",
        "condition_kind": "{kind}",
        "title_zh": title_zh,
        "title_en": title_en,
        "text_zh": "{explanation_zh}",
        "text_en": "{explanation_en}",
        "policy_code": policy,
    }


_RULES = {
    "alerts.duty_gap": _rule(
        "duty_gap",
        "值班空缺",
        "Nobody on duty",
        "{subject_name_zh}：有时段无人值班",
        "{subject_name_en}: nobody on duty for a time",
        ("yellow", "orange", "red"),
        "duty",
    ),
    "alerts.timers_late": _rule(
        "timers_late",
        "督办计时迟滞",
        "Escalation timers late",
        "督办计时迟滞：{count:d} 个未触发",
        "Escalation timers late: {count:d} have not fired",
        ("red", "red", "red"),
        "operations",
    ),
    "alerts.clock_stepped": _rule(
        "clock_stepped",
        "系统时钟跳变",
        "Clock stepped",
        "系统时钟跳变 {seconds:,.0f} 秒",
        "The clock stepped by {seconds:,.0f} seconds",
        ("orange", "orange", "red"),
        "operations",
        clears=False,
    ),
    "alerts.worker_silent": _rule(
        "worker_silent",
        "预警服务进程无响应",
        "A worker of the alerts service is silent",
        "{subject_name_zh} 无响应",
        "{subject_name_en} is silent",
        ("red", "red", "red"),
        "operations",
    ),
}


def upgrade() -> None:
    _create_tables()
    op.add_column("escalation_policy", sa.Column("reason", sa.String(), nullable=True))
    op.add_column("escalation_timer", sa.Column("number", sa.Integer(), nullable=False, server_default="0"))
    op.alter_column("escalation_timer", "number", server_default=None)
    op.add_column("escalation_timer", sa.Column("counted_from", sa.TIMESTAMP(timezone=True), nullable=True))
    op.execute("UPDATE escalation_timer SET counted_from = created_at")
    op.alter_column("escalation_timer", "counted_from", nullable=False)
    _timer_kinds("'rung', 'promise', 'reminder', 'repeat', 'promise_reminder', 'held'")
    _one_pending("alert_id", "kind")
    op.add_column("finding", sa.Column("version", sa.Integer(), nullable=False, server_default="0"))
    op.alter_column("finding", "version", server_default=None)
    op.add_column("finding", sa.Column("level", sa.Integer(), nullable=True))
    op.add_column("finding", sa.Column("region_code", sa.String(), nullable=True))
    op.add_column(
        "finding",
        sa.Column(
            "seen_real_at",
            sa.TIMESTAMP(timezone=True),
            server_default=sa.text("clock_timestamp()"),
            nullable=False,
        ),
    )
    _ship()


def downgrade() -> None:
    codes = ", ".join(f"'{code}'" for code in _RULES)
    op.execute(f"DELETE FROM alert_rule WHERE changed_by = 'shipped' AND code IN ({codes})")  # noqa: S608 - our own words
    op.execute(
        "DELETE FROM escalation_policy WHERE changed_by = 'shipped' AND (revision = 2 OR code IN ('operations', 'duty'))"
    )
    for column in ("seen_real_at", "region_code", "level", "version"):
        op.drop_column("finding", column)
    # What the earlier release does not know is cancelled; of several pending it keeps the one due first.
    op.execute(
        "UPDATE escalation_timer SET state = 'cancelled', ended_at = counted_from WHERE state = 'pending' "
        "AND kind IN ('repeat', 'promise_reminder')"
    )
    op.execute("UPDATE escalation_timer SET kind = 'rung' WHERE kind = 'held'")
    op.execute("DELETE FROM escalation_timer WHERE kind IN ('repeat', 'promise_reminder')")
    _one_pending("alert_id")
    _timer_kinds("'rung', 'promise', 'reminder'")
    op.drop_column("escalation_timer", "counted_from")
    op.drop_column("escalation_timer", "number")
    op.drop_column("escalation_policy", "reason")
    for table in (
        "duty_assignment",
        "duty_swap",
        "duty_rotation",
        "duty_holiday",
        "watch_beat",
        "stand_in",
        "office_hours",
        "duty_roster",
    ):
        op.drop_table(table)


def _one_pending(*columns: str) -> None:
    op.drop_index("uq_escalation_timer_pending", table_name="escalation_timer")
    op.create_index(
        "uq_escalation_timer_pending",
        "escalation_timer",
        list(columns),
        unique=True,
        postgresql_where=sa.text("state = 'pending'"),
    )


def _timer_kinds(kinds: str) -> None:
    op.drop_constraint(op.f("ck_escalation_timer_kind_known"), "escalation_timer", type_="check")
    op.create_check_constraint(op.f("ck_escalation_timer_kind_known"), "escalation_timer", f"kind IN ({kinds})")


def _table(name: str, *more: str) -> sa.TableClause:
    instants = [sa.column(column, sa.TIMESTAMP(timezone=True)) for column in ("valid_from", "changed_at")]
    texts = [sa.column(column, sa.String) for column in ("code", "changed_by", *more)]
    return sa.table(
        name, sa.column("definition", postgresql.JSONB), sa.column("revision", sa.Integer), *instants, *texts
    )


def _ship() -> None:
    """New policies and rules; the shipped policies get a revision where nobody has made one."""
    policies, rules = _table("escalation_policy"), _table("alert_rule", "opened_type")
    shipped = {"valid_from": _BEGINNING, "changed_at": _BEGINNING, "changed_by": "shipped"}
    taken = set(op.get_bind().execute(sa.select(policies.c.code).where(policies.c.revision > 1)).scalars())
    known = set(op.get_bind().execute(sa.select(policies.c.code)).scalars())
    rows = [
        {"code": code, "revision": 2, "definition": policy, **shipped}
        for code, policy in _REVISED.items()
        if code in known - taken
    ]
    rows += [
        {"code": code, "revision": 1, "definition": policy, **shipped}
        for code, policy in _NEW.items()
        if code not in known
    ]
    op.bulk_insert(policies, rows)
    op.bulk_insert(
        rules,
        [
            {"code": code, "revision": 1, "definition": rule, "opened_type": _OPENED, **shipped}
            for code, rule in _RULES.items()
        ],
    )


def _create_tables() -> None:
    op.create_table(
        "duty_roster",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("name_zh", sa.String(), nullable=False),
        sa.Column("name_en", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("region_code", sa.String(), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.Column("warn_ahead_hours", sa.Integer(), nullable=False),
        sa.Column("changed_by", sa.String(), nullable=False),
        sa.Column("changed_at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.CheckConstraint(
            "valid_to IS NULL OR valid_to > valid_from", name=op.f("ck_duty_roster_period_ordered")
        ),
        sa.CheckConstraint("warn_ahead_hours BETWEEN 0 AND 2160", name=op.f("ck_duty_roster_warn_ahead_sensible")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_duty_roster")),
        sa.UniqueConstraint("code", name=op.f("uq_duty_roster_code")),
    )
    op.create_index(
        "ix_duty_roster_region_code",
        "duty_roster",
        ["region_code"],
        unique=False,
        postgresql_ops={"region_code": "text_pattern_ops"},
    )
    op.create_table(
        "office_hours",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("region_code", sa.String(), nullable=True),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.Column("segments", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("changed_by", sa.String(), nullable=False),
        sa.Column("changed_at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.CheckConstraint(
            "valid_to IS NULL OR valid_to > valid_from", name=op.f("ck_office_hours_period_ordered")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_office_hours")),
    )
    op.create_index(
        "uq_office_hours_region_from",
        "office_hours",
        ["region_code", "valid_from"],
        unique=True,
        postgresql_nulls_not_distinct=True,
    )
    op.create_table(
        "stand_in",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("stand_in_id", sa.Uuid(), nullable=False),
        sa.Column("region_code", sa.String(), nullable=False),
        sa.Column("when_asked", sa.String(), nullable=False),
        sa.Column("scope", sa.String(), nullable=False),
        sa.Column("starts_at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("ends_at", sa.TIMESTAMP(timezone=True), nullable=True),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("named_by", sa.String(), nullable=False),
        sa.Column("named_at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("revoked_by", sa.String(), nullable=True),
        sa.Column("revoked_at", sa.TIMESTAMP(timezone=True), nullable=True),
        sa.Column("revoked_reason", sa.String(), nullable=True),
        sa.CheckConstraint("scope IN ('everything', 'duty', 'post')", name=op.f("ck_stand_in_scope_known")),
        sa.CheckConstraint(
            "when_asked = 'unreachable' OR ends_at IS NOT NULL", name=op.f("ck_stand_in_absence_ends")
        ),
        sa.CheckConstraint("when_asked IN ('away', 'unreachable')", name=op.f("ck_stand_in_when_known")),
        sa.CheckConstraint("ends_at IS NULL OR ends_at > starts_at", name=op.f("ck_stand_in_span_ordered")),
        sa.CheckConstraint("person_id <> stand_in_id", name=op.f("ck_stand_in_two_people")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_stand_in")),
    )
    op.create_index(op.f("ix_stand_in_person_id"), "stand_in", ["person_id"], unique=False)
    op.create_index(
        "ix_stand_in_region_code",
        "stand_in",
        ["region_code"],
        unique=False,
        postgresql_ops={"region_code": "text_pattern_ops"},
    )
    op.create_index(op.f("ix_stand_in_stand_in_id"), "stand_in", ["stand_in_id"], unique=False)
    op.create_table(
        "watch_beat",
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("stack_at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("rate", sa.Float(), nullable=False),
        sa.Column("real_at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_watch_beat")),
    )
    op.create_table(
        "duty_holiday",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("roster_id", sa.Uuid(), nullable=False),
        sa.Column("name_zh", sa.String(), nullable=False),
        sa.Column("name_en", sa.String(), nullable=False),
        sa.Column("starts_at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("ends_at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("made_by", sa.String(), nullable=False),
        sa.Column("made_at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("withdrawn_at", sa.TIMESTAMP(timezone=True), nullable=True),
        sa.CheckConstraint("ends_at > starts_at", name=op.f("ck_duty_holiday_span_ordered")),
        sa.ForeignKeyConstraint(
            ["roster_id"], ["duty_roster.id"], name=op.f("fk_duty_holiday_roster_id_duty_roster")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_duty_holiday")),
    )
    op.create_index(op.f("ix_duty_holiday_roster_id"), "duty_holiday", ["roster_id"], unique=False)
    op.create_table(
        "duty_rotation",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("roster_id", sa.Uuid(), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.Column("period", sa.String(), nullable=False),
        sa.Column("days", sa.String(), nullable=False),
        sa.Column("handovers", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("handover_weekday", sa.Integer(), nullable=False),
        sa.Column("members", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("made_by", sa.String(), nullable=False),
        sa.Column("made_at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.CheckConstraint("days IN ('every', 'working', 'rest')", name=op.f("ck_duty_rotation_days_known")),
        sa.CheckConstraint("period IN ('daily', 'weekly')", name=op.f("ck_duty_rotation_period_known")),
        sa.CheckConstraint("handover_weekday BETWEEN 0 AND 6", name=op.f("ck_duty_rotation_weekday_known")),
        sa.CheckConstraint(
            "valid_to IS NULL OR valid_to >= valid_from", name=op.f("ck_duty_rotation_period_ordered")
        ),
        sa.ForeignKeyConstraint(
            ["roster_id"], ["duty_roster.id"], name=op.f("fk_duty_rotation_roster_id_duty_roster")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_duty_rotation")),
    )
    op.create_index(op.f("ix_duty_rotation_roster_id"), "duty_rotation", ["roster_id"], unique=False)
    op.create_table(
        "duty_swap",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("roster_id", sa.Uuid(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("role", sa.String(), nullable=False),
        sa.Column("giver_id", sa.Uuid(), nullable=False),
        sa.Column("taker_id", sa.Uuid(), nullable=False),
        sa.Column("gives_from", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("gives_until", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("takes_from", sa.TIMESTAMP(timezone=True), nullable=True),
        sa.Column("takes_until", sa.TIMESTAMP(timezone=True), nullable=True),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("proposed_by", sa.String(), nullable=False),
        sa.Column("proposed_at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("answered_by", sa.String(), nullable=True),
        sa.Column("answered_at", sa.TIMESTAMP(timezone=True), nullable=True),
        sa.Column("answer_note", sa.String(), nullable=True),
        sa.CheckConstraint("role IN ('primary', 'backup')", name=op.f("ck_duty_swap_role_known")),
        sa.CheckConstraint(
            "state IN ('proposed', 'accepted', 'refused', 'withdrawn')", name=op.f("ck_duty_swap_state_known")
        ),
        sa.CheckConstraint("(takes_from IS NULL) = (takes_until IS NULL)", name=op.f("ck_duty_swap_return_whole")),
        sa.CheckConstraint("giver_id <> taker_id", name=op.f("ck_duty_swap_two_sides")),
        sa.CheckConstraint("gives_until > gives_from", name=op.f("ck_duty_swap_given_ordered")),
        sa.CheckConstraint(
            "takes_from IS NULL OR takes_until > takes_from", name=op.f("ck_duty_swap_return_ordered")
        ),
        sa.ForeignKeyConstraint(
            ["roster_id"], ["duty_roster.id"], name=op.f("fk_duty_swap_roster_id_duty_roster")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_duty_swap")),
    )
    op.create_index(op.f("ix_duty_swap_roster_id"), "duty_swap", ["roster_id"], unique=False)
    op.create_table(
        "duty_assignment",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("roster_id", sa.Uuid(), nullable=False),
        sa.Column("layer", sa.String(), nullable=False),
        sa.Column("role", sa.String(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("starts_at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("ends_at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("holiday_id", sa.Uuid(), nullable=True),
        sa.Column("swap_id", sa.Uuid(), nullable=True),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("made_by", sa.String(), nullable=False),
        sa.Column("made_at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("taken_back_by", sa.String(), nullable=True),
        sa.Column("taken_back_at", sa.TIMESTAMP(timezone=True), nullable=True),
        sa.Column("taken_back_reason", sa.String(), nullable=True),
        sa.CheckConstraint(
            "(layer = 'holiday') = (holiday_id IS NOT NULL)", name=op.f("ck_duty_assignment_holiday_named")
        ),
        sa.CheckConstraint("(layer = 'swap') = (swap_id IS NOT NULL)", name=op.f("ck_duty_assignment_swap_named")),
        sa.CheckConstraint("layer IN ('holiday', 'entered', 'swap')", name=op.f("ck_duty_assignment_layer_known")),
        sa.CheckConstraint("role IN ('primary', 'backup')", name=op.f("ck_duty_assignment_role_known")),
        sa.CheckConstraint("ends_at > starts_at", name=op.f("ck_duty_assignment_span_ordered")),
        sa.ForeignKeyConstraint(
            ["holiday_id"], ["duty_holiday.id"], name=op.f("fk_duty_assignment_holiday_id_duty_holiday")
        ),
        sa.ForeignKeyConstraint(
            ["roster_id"], ["duty_roster.id"], name=op.f("fk_duty_assignment_roster_id_duty_roster")
        ),
        sa.ForeignKeyConstraint(["swap_id"], ["duty_swap.id"], name=op.f("fk_duty_assignment_swap_id_duty_swap")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_duty_assignment")),
    )
    op.create_index(op.f("ix_duty_assignment_holiday_id"), "duty_assignment", ["holiday_id"], unique=False)
    op.create_index(
        "ix_duty_assignment_roster_span", "duty_assignment", ["roster_id", "starts_at", "ends_at"], unique=False
    )
    op.create_index(op.f("ix_duty_assignment_swap_id"), "duty_assignment", ["swap_id"], unique=False)
