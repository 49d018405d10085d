"""Appeals (申诉) against a published standing."""

from __future__ import annotations

from enum import StrEnum


class AppealState(StrEnum):
    """待处理 filed, 成立 upheld, 不成立 rejected, 撤回 withdrawn, 已更正 corrected (by a new edition)."""

    FILED = "filed"
    UPHELD = "upheld"
    REJECTED = "rejected"
    WITHDRAWN = "withdrawn"
    CORRECTED = "corrected"
