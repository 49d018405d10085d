"""Which tests of a parallel run stay together: those of a file, and those that share one stack."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

import pytest
from xdist.scheduler import LoadFileScheduling

_CONSOLE_STACK: Final = "the console's stack"
_CONSOLE_TESTS: Final = "tests/browser/"

# A stack takes a minute of both cores: tests that need none of their own share one, in one worker.
_SHARED_STACK: Final = "the county's stack"


class SharedStackScheduling(LoadFileScheduling):  # type: ignore[misc]
    """As ``--dist loadfile``, and all of ``with_county`` as one file; likewise what drives the console."""

    def __init__(self, config: pytest.Config, log: Any, with_county: Iterable[str]) -> None:
        super().__init__(config, log)
        self._with_county = frozenset(with_county)

    def _split_scope(self, nodeid: str) -> str:
        scope: str = super()._split_scope(nodeid)
        if scope.startswith(_CONSOLE_TESTS):
            return _CONSOLE_STACK
        return _SHARED_STACK if scope in self._with_county else scope
