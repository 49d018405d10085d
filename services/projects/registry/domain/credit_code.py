"""统一社会信用代码, the unified social credit code of GB 32100: 18 characters, the last one checks the others."""

from __future__ import annotations

from libs.common.web.problems import FieldError
from services.projects.registry.errors import InvalidCreditCode

ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
LENGTH = 18
_WEIGHTS = (1, 3, 9, 27, 19, 26, 16, 17, 20, 29, 25, 13, 8, 24, 10, 30, 28)
_VALUES = {character: value for value, character in enumerate(ALPHABET)}


def check_character(body: str) -> str:
    """The 18th character for the first 17: ``(31 - sum of value x weight mod 31) mod 31`` in the alphabet."""
    total = sum(_VALUES[character] * weight for character, weight in zip(body, _WEIGHTS, strict=True))
    return ALPHABET[(31 - total % 31) % 31]


def validate(code: str, *, parameter: str | None = None) -> str:
    """The code itself when it is valid; raises InvalidCreditCode saying what is wrong and where.

    ``parameter`` names the path part the code came in; else it is ``/credit_code`` of the body.
    """
    if len(code) != LENGTH:
        raise _invalid(code, parameter, "credit_code.length", length=len(code), expected=LENGTH)
    for position, character in enumerate(code, start=1):
        if character not in _VALUES:
            raise _invalid(code, parameter, "credit_code.character", character=character, position=position)
    expected = check_character(code[:-1])
    if code[-1] != expected:
        raise _invalid(code, parameter, "credit_code.check", character=code[-1], expected=expected)
    return code


def _invalid(code: str, parameter: str | None, fault: str, **params: object) -> InvalidCreditCode:
    pointer = "/credit_code" if parameter is None else ""
    return InvalidCreditCode(credit_code=code[:40], errors=[FieldError(fault, pointer, params, parameter)])
