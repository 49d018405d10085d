"""Quality of a value (数据质量, S18). Missing is never zero: such a slot is NaN and its quality is missing."""

from __future__ import annotations

from enum import IntEnum


class Quality(IntEnum):
    """As stored, one byte a slot."""

    MISSING = 0
    MEASURED = 1
    ESTIMATED = 2
    EDITED = 3
    # Of a virtual meter only: a sum without one of its members, which nobody can send.
    PARTIAL = 4

    @property
    def label(self) -> str:
        """The name in the API."""
        return self.name.lower()


# What a feed may say of a value.
BY_LABEL = {quality.label: quality for quality in Quality if quality is not Quality.PARTIAL}
