"""Loops over bytes and numbers as machine code (numba), for the few places where numpy needs one pass too many.

A compiled function takes and gives plain numbers and arrays, keeps no object and never raises. Its code rests in
numba's cache (``__pycache__`` beside the source, or ``NUMBA_CACHE_DIR``), so only the first start after a change
compiles. A process that answers requests calls each of them once before it is ready: nobody waits for a compiler.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar, cast

import numba

F = TypeVar("F", bound=Callable[..., Any])


def compiled(function: F) -> F:
    """Compile on the first call for the types it gets; other threads run meanwhile."""
    options: dict[str, Any] = {"nogil": True, "error_model": "numpy"}
    try:
        return cast(F, numba.njit(cache=True, **options)(function))
    except RuntimeError:
        # There is no directory to keep it in: every process compiles for itself.
        return cast(F, numba.njit(**options)(function))
