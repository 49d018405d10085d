"""Region codes and their subtrees: GB/T 2260 with the townships of GB/T 10114.

行政区划代码: six digits down to the county (`420000` a province, `421200` a city, `421224` a county),
nine for a township (`421224101`). A region's subtree is a prefix of the code, and how long that prefix
is follows from the code alone. Counties that stand directly under a province (省直辖县级行政区划, such as
`429004`) need no exception: their grouping `429000` is a row of the standard itself.

Every decision on who sees what goes through `contains`; `prefix` is the same rule for SQL.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

_SHAPE = re.compile(r"[1-9][0-9]{5}(?:[0-9]{3})?", re.ASCII)


class InvalidRegionCode(ValueError):
    """The text is not a region code: `code` holds it, the message says what is wrong with it."""

    def __init__(self, code: object, reason: str) -> None:
        super().__init__(f"{code!r} is not a region code: {reason}")
        self.code = code
        self.reason = reason


def validate(code: str) -> str:
    """The code itself when it is well formed. Raises InvalidRegionCode.

    Only the form is judged; whether the region exists is known to the registry.
    """
    if not isinstance(code, str) or not _SHAPE.fullmatch(code):
        raise InvalidRegionCode(code, "six digits (nine for a township), the first from 1 to 9")
    if code[2:4] == "00" and code[4:6] != "00":
        raise InvalidRegionCode(code, "a county's code names a city or a grouping in digits three and four")
    if len(code) == 9 and (code[4:6] == "00" or code[6:] == "000"):
        raise InvalidRegionCode(code, "a township's nine digits name its county and a number from 001")
    return code


def prefix(code: str) -> str:
    """The digits shared by all codes of the region's subtree: 2, 4, 6 or 9. Raises InvalidRegionCode."""
    validate(code)
    if len(code) == 9:
        return code
    if code.endswith("0000"):
        return code[:2]
    if code.endswith("00"):
        return code[:4]
    return code


def contains(scope_code: str, code: str) -> bool:
    """Whether the region `code` is `scope_code` or lies in its subtree. Raises InvalidRegionCode."""
    return validate(code).startswith(prefix(scope_code))


def ancestors(code: str) -> tuple[str, ...]:
    """The regions above `code`, nearest first; of `421224101`: `421224`, `421200`, `420000`.

    Raises InvalidRegionCode.
    """
    own = prefix(code)
    wider = (code[:length].ljust(6, "0") for length in (6, 4, 2) if length < len(own))
    return tuple(wider)


def common_region(codes: Sequence[str]) -> str:
    """The smallest region that holds all of these, or the first of them where none does."""
    first = codes[0]
    try:
        for code in (first, *ancestors(first)):
            if all(contains(code, other) for other in codes):
                return code
    except InvalidRegionCode:
        return first
    return first
