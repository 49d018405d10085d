"""Where something belongs that concerns many places."""

from __future__ import annotations

from collections.abc import Sequence

from libs.common import regions


def common_region(codes: Sequence[str]) -> str:
    """The smallest region that holds all of these, or the first of them where none does."""
    first = codes[0]
    try:
        for code in (first, *regions.ancestors(first)):
            if all(regions.contains(code, other) for other in codes):
                return code
    except regions.InvalidRegionCode:
        return first
    return first
