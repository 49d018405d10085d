"""Unified social credit codes (GB 32100)."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.projects.registry.domain.credit_code import ALPHABET, check_character, validate
from services.projects.registry.errors import InvalidCreditCode

bodies = st.text(alphabet=ALPHABET, min_size=17, max_size=17)


@given(bodies)
def test_code_is_accepted_when_its_check_character_fits(body: str) -> None:
    code = body + check_character(body)
    assert validate(code) == code


@given(bodies, st.integers(0, 17), st.sampled_from(ALPHABET))
def test_any_single_wrong_character_is_noticed(body: str, position: int, other: str) -> None:
    code = body + check_character(body)
    wrong = code[:position] + other + code[position + 1 :]
    if wrong == code:
        return
    with pytest.raises(InvalidCreditCode) as raised:
        validate(wrong)
    assert raised.value.errors[0].code == "credit_code.check"


# Published codes of real organisations.
@pytest.mark.parametrize(
    "code", ["91350100M000100Y43", "9144030071526726XG", "91330100799655058B", "914403001922038216"]
)
def test_published_code_is_accepted(code: str) -> None:
    assert validate(code) == code


@pytest.mark.parametrize(
    ("code", "fault", "params"),
    [
        ("", "credit_code.length", {"length": 0, "expected": 18}),
        ("91350100M000100Y4", "credit_code.length", {"length": 17, "expected": 18}),
        ("91350100M000100Y433", "credit_code.length", {"length": 19, "expected": 18}),
        ("9135O100M000100Y43", "credit_code.character", {"character": "O", "position": 5}),
        ("91350100m000100Y43", "credit_code.character", {"character": "m", "position": 9}),
        ("91350100M000100Y4\n", "credit_code.character", {"character": "\n", "position": 18}),
        ("91350100M000100Y44", "credit_code.check", {"character": "4", "expected": "3"}),
    ],
)
def test_fault_is_named(code: str, fault: str, params: dict[str, object]) -> None:
    with pytest.raises(InvalidCreditCode) as raised:
        validate(code)
    (error,) = raised.value.errors
    assert (error.code, error.pointer, dict(error.params)) == (fault, "/credit_code", params)
