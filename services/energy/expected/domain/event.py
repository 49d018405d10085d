"""An event known in advance (预知事件): maintenance, a test run, orderly use; meters do otherwise meanwhile."""

from __future__ import annotations

from datetime import timedelta
from enum import StrEnum
from typing import Final

# A longer one is how the meter is from now on.
MAX_DURATION: Final = timedelta(days=366)


class Scope(StrEnum):
    """Whose meters: one meter by number, an enterprise's by its id, a region's subtree by its code."""

    METER = "meter"
    ENTERPRISE = "enterprise"
    REGION = "region"


class Cause(StrEnum):
    """Why: 检修, 试运行, 有序用电 (S21), 停产放假, other."""

    MAINTENANCE = "maintenance"
    TEST_RUN = "test_run"
    ORDERLY_USE = "orderly_use"
    SHUTDOWN = "shutdown"
    OTHER = "other"
