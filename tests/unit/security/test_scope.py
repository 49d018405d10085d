from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import ColumnElement, column
from sqlalchemy.dialects import postgresql

from libs.common import regions
from libs.common.security.principal import ROLE_SCOPES, SYSTEM, UNBOUND_ROLES, Principal, Role, Scope
from libs.common.security.scope import (
    ensure_enterprise,
    ensure_meter,
    ensure_method,
    ensure_region,
    enterprise_scope,
    meter_scope,
    reaches_region,
    region_scope,
)
from libs.common.web.problems import Forbidden, NotFound

BOUND_ROLES = [role for role in Role if role not in UNBOUND_ROLES]


def _pair(low: int = 1) -> st.SearchStrategy[str]:
    return st.integers(low, 99).map(lambda number: f"{number:02d}")


PROVINCES = st.integers(10, 99).map(lambda number: f"{number}0000")
CITIES = st.builds(lambda p, c: f"{p[:2]}{c}00", PROVINCES, _pair())
COUNTIES = st.builds(lambda c, x: f"{c[:4]}{x}", CITIES, _pair())
TOWNSHIPS = st.builds(lambda c, t: f"{c}{t:03d}", COUNTIES, st.integers(1, 999))
CODES = st.one_of(PROVINCES, CITIES, COUNTIES, TOWNSHIPS)


def _sql(condition: ColumnElement[bool]) -> str:
    dialect = postgresql.dialect()  # type: ignore[no-untyped-call]
    return str(condition.compile(dialect=dialect, compile_kwargs={"literal_binds": True}))


def _passes(condition: ColumnElement[bool], code: str) -> bool:
    """What PostgreSQL would say of a row with this code, for the few forms the condition takes."""
    text = _sql(condition).replace("%%", "%")
    if text in {"true", "false"}:
        return text == "true"
    assert text.startswith("region_code LIKE '")
    pattern = text.removeprefix("region_code LIKE '").removesuffix("'")
    assert pattern.endswith("%")
    assert pattern[:-1].isdecimal()
    return code.startswith(pattern[:-1])


@given(own=COUNTIES, other=st.one_of(COUNTIES, TOWNSHIPS), role=st.sampled_from(BOUND_ROLES))
def test_a_county_never_reaches_another_countys_code_when_roles_vary(own: str, other: str, role: Role) -> None:
    if other[:6] == own:
        return
    caller = Principal("caller", role, region_code=own)
    assert not reaches_region(caller, other)
    assert not _passes(region_scope(column("region_code"), caller), other)
    with pytest.raises(NotFound):
        ensure_region(caller, other)


@given(scope=CODES, code=CODES, role=st.sampled_from(list(Role)))
def test_query_and_check_agree_with_contains_when_codes_are_well_formed(scope: str, code: str, role: Role) -> None:
    caller = Principal("caller", role, region_code=scope)
    expected = regions.contains(scope, code)
    assert reaches_region(caller, code) is expected
    assert _passes(region_scope(column("region_code"), caller), code) is expected


@given(own=st.text(max_size=12), code=CODES)
def test_nothing_is_reached_when_the_callers_region_is_nonsense(own: str, code: str) -> None:
    caller = Principal("caller", Role.LEADER, region_code=own)
    try:
        regions.validate(own)
    except regions.InvalidRegionCode:
        assert not reaches_region(caller, code)
        assert _sql(region_scope(column("region_code"), caller)) == "false"


@given(code=st.text(max_size=12))
def test_a_malformed_code_is_in_nobodys_region_when_checked(code: str) -> None:
    caller = Principal("caller", Role.OFFICER, region_code="421224")
    assert reaches_region(caller, code) is (code == "421224" or (len(code) == 9 and _is_township(code)))


def _is_township(code: str) -> bool:
    try:
        return regions.contains("421224", code)
    except regions.InvalidRegionCode:
        return False


@pytest.mark.parametrize("role", BOUND_ROLES)
def test_nothing_is_reached_when_a_bound_role_has_no_region(role: Role) -> None:
    caller = Principal("caller", role)
    assert not reaches_region(caller, "421224")
    assert not reaches_region(caller, None)
    assert _sql(region_scope(column("region_code"), caller)) == "false"


@pytest.mark.parametrize("caller", [SYSTEM, Principal("a", Role.ADMIN), Principal("b", Role.AUDITOR)])
def test_all_regions_are_reached_when_an_unbound_caller_has_no_region(caller: Principal) -> None:
    ensure_region(caller, "421224")
    ensure_region(caller, None)
    assert _sql(region_scope(column("region_code"), caller)) == "true"


def test_an_admin_is_confined_when_he_has_a_region() -> None:
    caller = Principal("a", Role.ADMIN, region_code="421224")
    with pytest.raises(NotFound):
        ensure_region(caller, "421223")
    with pytest.raises(NotFound):
        ensure_region(caller, None)


def test_only_the_own_enterprise_is_reached_when_a_caller_is_bound_to_one() -> None:
    own = uuid4()
    caller = Principal("e", Role.ENTERPRISE, region_code="421224", enterprise_id=own)
    ensure_enterprise(caller, own)
    for other in (uuid4(), None):
        with pytest.raises(NotFound):
            ensure_enterprise(caller, other)
    assert str(own) in _sql(enterprise_scope(column("enterprise_id", postgresql.UUID()), caller))


def test_no_enterprise_is_reached_when_an_enterprise_caller_names_none() -> None:
    caller = Principal("e", Role.ENTERPRISE, region_code="421224")
    assert _sql(enterprise_scope(column("enterprise_id"), caller)) == "false"
    with pytest.raises(NotFound):
        ensure_enterprise(caller, None)


def test_every_enterprise_is_reached_when_the_caller_is_an_office() -> None:
    caller = Principal("o", Role.OFFICER, region_code="421224")
    ensure_enterprise(caller, uuid4())
    assert _sql(enterprise_scope(column("enterprise_id"), caller)) == "true"


def test_only_listed_meters_are_reached_when_a_feed_key_names_them() -> None:
    caller = Principal("f", Role.FEED, region_code="421224", meter_nos=frozenset({"B", "A"}))
    ensure_meter(caller, "A")
    with pytest.raises(NotFound):
        ensure_meter(caller, "C")
    assert _sql(meter_scope(column("meter_no"), caller)) == "meter_no IN ('A', 'B')"


def test_no_meter_is_reached_when_a_feed_keys_list_is_empty() -> None:
    caller = Principal("f", Role.FEED, region_code="421224", meter_nos=frozenset())
    with pytest.raises(NotFound):
        ensure_meter(caller, "A")
    assert "IN (NULL) AND (1 != 1)" in _sql(meter_scope(column("meter_no"), caller))


def test_every_meter_is_reached_when_no_list_is_given() -> None:
    caller = Principal("f", Role.FEED, region_code="421224")
    ensure_meter(caller, "anything")
    assert _sql(meter_scope(column("meter_no"), caller)) == "true"


@pytest.mark.parametrize(
    ("scope", "allowed"),
    [
        (Scope.ENERGY_READ, {"GET", "HEAD"}),
        (Scope.ENERGY_INGEST, {"POST"}),
        (Scope.ENERGY_WRITE, {"POST", "PUT", "PATCH", "DELETE"}),
    ],
)
def test_methods_are_refused_when_the_scope_does_not_cover_them(scope: Scope, allowed: set[str]) -> None:
    caller = Principal("k", Role.ADMIN, scopes=frozenset({scope}), kind="key")
    for method in ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"):
        if method in allowed:
            ensure_method(caller, method)
        else:
            with pytest.raises(Forbidden):
                ensure_method(caller, method)


@pytest.mark.parametrize("role", [Role.AUDITOR, Role.VIEWER])
@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
def test_who_audits_or_watches_changes_nothing(role: Role, method: str) -> None:
    caller = Principal("a", role, scopes=ROLE_SCOPES[role])
    ensure_method(caller, "GET")
    with pytest.raises(Forbidden):
        ensure_method(caller, method)
