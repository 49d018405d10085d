"""Real time, which rules tokens, locks and keys whatever the stack's clock says."""

from __future__ import annotations

import time
from datetime import UTC, datetime


def real_now() -> datetime:
    """The present instant of the machine, aware, in UTC."""
    return datetime.fromtimestamp(time.time(), UTC)
