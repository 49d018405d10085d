"""Which tests of a parallel run stay together and when they begin: files, and what needs a whole stack."""

from __future__ import annotations

from typing import Any, Final

from xdist.scheduler import LoadFileScheduling

_DEMO: Final = "tests/acceptance/test_demo.py"
_CONSOLE_STACK: Final = "the console's stack"
_CONSOLE_TESTS: Final = "tests/browser/"

# A stack takes a minute of both cores: tests that need none of their own share one, in one worker. They stand on
# the stack of tests/acceptance/conftest.py.
_SHARED_STACK: Final = "the county's stack"
_WITH_COUNTY: Final = frozenset(
    f"tests/acceptance/test_{name}.py" for name in ("bad_input", "chain", "ledger_year")
)

# The longest pieces of all. The shared one comes last of them: it stands until its worker ends.
_STACKS: Final = (_DEMO, _CONSOLE_STACK, _SHARED_STACK)


class SharedStackScheduling(LoadFileScheduling):  # type: ignore[misc]
    """As ``--dist loadfile``, but what shares a stack is as one file, and stacks come first, one after another.

    First, because whoever has the longest piece last keeps all others waiting; one after another, because two
    stacks would take from each other the cores that their own clocks count on. Meanwhile the other workers take
    the files.
    """

    def _split_scope(self, nodeid: str) -> str:
        scope: str = super()._split_scope(nodeid)
        if scope.startswith(_CONSOLE_TESTS):
            return _CONSOLE_STACK
        return _SHARED_STACK if scope in _WITH_COUNTY else scope

    def _assign_work_unit(self, node: Any) -> None:
        self.workqueue.move_to_end(self._next_for(node), last=False)
        super()._assign_work_unit(node)

    def _next_for(self, node: Any) -> str:
        """The next piece of this worker; two stacks at once only where nothing else is left to do."""
        stacks = [scope for scope in _STACKS if scope in self.workqueue]
        files = (scope for scope in self.workqueue if scope not in _STACKS)
        if stacks and not self._stack_runs_beside(node):
            return stacks[0]
        return next(files, stacks[0] if stacks else "")

    def _stack_runs_beside(self, node: Any) -> bool:
        others = (pieces for other, pieces in self.assigned_work.items() if other is not node)
        return any(not all(pieces[scope].values()) for pieces in others for scope in _STACKS if scope in pieces)
