from collections.abc import Sequence
from datetime import date, datetime
from enum import StrEnum
from typing import Any

import pytest
from sqlalchemy import Boolean, Column, Date, Integer, String
from sqlalchemy.dialects import postgresql

from libs.common.database import UtcDateTime
from libs.common.web.filters import FilterFaults, FilterField, filter_parameters, parse_filters


class Stage(StrEnum):
    SIGNED = "signed"
    STARTED = "started"


FIELDS = {
    "stage": FilterField(Column("stage", String), Stage, operators=frozenset({"eq", "ne", "in"})),
    "name": FilterField(Column("name", String)),
    "amount": FilterField(Column("amount", Integer), int),
    "signed_on": FilterField(Column("signed_on", Date), date),
    "changed_at": FilterField(Column("changed_at", UtcDateTime), datetime),
    "is_key": FilterField(Column("is_key", Boolean), bool),
    "region": FilterField(
        Column("region", String),
        operators=frozenset({"eq"}),
        own={"within": lambda column, value: column.startswith(value[:2])},
    ),
}


def _sql(query: Sequence[tuple[str, str]]) -> str:
    (condition,) = parse_filters(FIELDS, query)
    compiled = condition.compile(
        dialect=postgresql.dialect(),  # type: ignore[no-untyped-call]
        compile_kwargs={"literal_binds": True},
    )
    return str(compiled)


def _faults(query: Sequence[tuple[str, str]]) -> list[tuple[str | None, str]]:
    with pytest.raises(FilterFaults) as caught:
        parse_filters(FIELDS, query)
    return [(fault.parameter, fault.code) for fault in caught.value.errors]


@pytest.mark.parametrize(
    ("name", "value", "sql"),
    [
        ("filter[stage]", "signed", "stage = 'signed'"),
        ("filter[stage][eq]", "signed", "stage = 'signed'"),
        ("filter[stage][ne]", "signed", "stage IS DISTINCT FROM 'signed'"),
        ("filter[stage][in]", "signed,started", "stage IN ('signed', 'started')"),
        ("filter[stage][in]", "", "false"),
        ("filter[amount][lt]", "5", "amount < 5"),
        ("filter[amount][lte]", "5", "amount <= 5"),
        ("filter[amount][gt]", "-5", "amount > -5"),
        ("filter[signed_on][gte]", "2026-09-15", "signed_on >= '2026-09-15'"),
        ("filter[signed_on][null]", "true", "signed_on IS NULL"),
        ("filter[signed_on][null]", "false", "signed_on IS NOT NULL"),
        ("filter[is_key]", "true", "is_key = true"),
        ("filter[region][within]", "421224", "region LIKE '42' || '%%'"),
    ],
)
def test_condition_compares_the_column_when_the_filter_is_known(name: str, value: str, sql: str) -> None:
    assert _sql([(name, value)]) == sql


def test_wildcards_are_taken_literally_when_text_is_searched() -> None:
    assert "100/%" in _sql([("filter[name][contains]", "100%")])
    assert "a/_b" in _sql([("filter[name][prefix]", "a_b")])


@pytest.mark.parametrize(
    ("name", "value", "code"),
    [
        ("filter[secret]", "1", "field.filter_unknown"),
        ("filter", "1", "field.filter_unknown"),
        ("filter[stage", "1", "field.filter_unknown"),
        ("filter[stage][eq][x]", "1", "field.filter_unknown"),
        ("filter[stage][lt]", "signed", "field.operator_unknown"),
        ("filter[is_key][lt]", "true", "field.operator_unknown"),
        ("filter[amount][contains]", "1", "field.operator_unknown"),
        ("filter[stage]", "sold", "enum"),
        ("filter[amount]", "many", "int_parsing"),
        ("filter[amount][in]", "1,many", "int_parsing"),
        ("filter[amount][in]", ",".join(["1"] * 201), "field.filter_too_many_values"),
        ("filter[changed_at][gt]", "2026-09-15T08:00:00", "timezone_aware"),
        ("filter[signed_on][null]", "maybe", "bool_parsing"),
        ("filter[name]", "a\x00b", "field.string_nul"),
        ("filter[name][contains]", "x" * 501, "field.string_too_long"),
    ],
)
def test_fault_names_the_parameter_when_field_operator_or_value_is_wrong(name: str, value: str, code: str) -> None:
    assert _faults([(name, value)]) == [(name, code)]


def test_all_faults_are_told_when_several_filters_are_wrong() -> None:
    query = [("filter[a]", "1"), ("filter[amount]", "x"), ("filter[stage]", "signed"), ("filter[stage]", "signed")]

    assert _faults(query) == [
        ("filter[a]", "field.filter_unknown"),
        ("filter[amount]", "int_parsing"),
        ("filter[stage]", "field.filter_repeated"),
    ]


def test_other_parameters_are_left_alone_when_they_are_no_filters() -> None:
    assert parse_filters(FIELDS, [("limit", "5"), ("sort", "x")]) == []


def test_parameters_are_described_when_the_document_is_made() -> None:
    described: dict[str, Any] = {item["name"]: item["schema"] for item in filter_parameters(FIELDS)}

    assert described["filter[stage][eq]"]["enum"] == ["signed", "started"]
    assert described["filter[signed_on][gte]"]["format"] == "date"
    assert described["filter[amount][in]"] == {"type": "string"}
    assert "filter[region][within]" in described
