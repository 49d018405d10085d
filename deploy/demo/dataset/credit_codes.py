"""Unified social credit codes (GB 32100) for made-up enterprises, with both check characters right.

统一社会信用代码: category 91, the registration region, nine characters of organisation code, a check character.
The organisation codes begin with DEM so that nobody takes one for a real company's.
"""

from __future__ import annotations

_ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
_WEIGHTS = (1, 3, 9, 27, 19, 26, 16, 17, 20, 29, 25, 13, 8, 24, 10, 30, 28)
# GB 11714: the organisation code's own check character counts letters from A = 10.
_ORGANISATION_WEIGHTS = (3, 7, 9, 10, 5, 8, 4, 2)


def check_character(first_seventeen: str) -> str:
    """The eighteenth character: (31 - sum mod 31) mod 31 over the code's alphabet."""
    total = sum(_ALPHABET.index(c) * w for c, w in zip(first_seventeen, _WEIGHTS, strict=True))
    return _ALPHABET[(31 - total % 31) % 31]


def organisation_check(body: str) -> str:
    """The ninth character of an organisation code from its first eight (GB 11714)."""
    total = sum(int(c, 36) * w for c, w in zip(body, _ORGANISATION_WEIGHTS, strict=True))
    remainder = 11 - total % 11
    return {10: "X", 11: "0"}.get(remainder, str(remainder))


def organisation_code(number: int) -> str:
    """Nine characters from a number below 100,000."""
    body = f"DEM{number:05d}"
    return body + organisation_check(body)


def demo_credit_code(region_code: str, number: int) -> str:
    """A valid, recognisably made-up code of an enterprise registered in the county of `region_code`."""
    body = "91" + region_code[:6] + organisation_code(number)
    return body + check_character(body)
