"""What came of a suite's tests: read from what Go prints, judged against what is known of them."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

_ENDED = re.compile(r"^--- (PASS|FAIL|SKIP): (\S+) \(([0-9.]+)s\)", re.MULTILINE)

# Tests that ask for what only the Alertmanager's own program has, and what that is.
ITS_OWN: Mapping[str, str] = {}


@dataclass(frozen=True)
class Verdict:
    """One test of one suite; ``again`` when it passed only by itself, after it had failed among the others."""

    suite: str
    name: str
    outcome: str
    seconds: float
    again: bool = False

    @property
    def is_well(self) -> bool:
        return self.outcome == "PASS" or self.name in ITS_OWN

    @property
    def words(self) -> str:
        if self.name in ITS_OWN:
            return f"{self.outcome.lower()}; {ITS_OWN[self.name]}"
        return "passed when repeated by itself" if self.again else self.outcome.lower()


def verdicts(suite: str, printed: str) -> list[Verdict]:
    """In the order in which the tests ended; those within tests are not counted."""
    return [Verdict(suite, name, outcome, float(seconds)) for outcome, name, seconds in _ENDED.findall(printed)]


def repeated(first: Sequence[Verdict], again: Sequence[Verdict]) -> list[Verdict]:
    """The first verdicts, each failure replaced by that of its repetition."""
    second = {verdict.name: verdict for verdict in again}
    found = []
    for verdict in first:
        later = second.get(verdict.name)
        if verdict.outcome == "PASS" or later is None:
            found.append(verdict)
        else:
            passed = later.outcome == "PASS"
            found.append(Verdict(verdict.suite, verdict.name, later.outcome, later.seconds, again=passed))
    return found


def table(found: Sequence[Verdict]) -> str:
    """The verdicts as a table of the documents, and their count in a line."""
    rows = [f"| {one.suite} | {one.name} | {one.words} | {one.seconds:.1f} |" for one in found]
    passed = sum(one.outcome == "PASS" for one in found)
    again = sum(one.again for one in found)
    lines = ["| suite | test | result | seconds |", "|---|---|---|---:|", *rows, ""]
    return "\n".join([*lines, f"{passed} of {len(found)} passed, {again} of them when repeated by themselves."])
