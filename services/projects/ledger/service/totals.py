"""Totals of a comparison, from what SQL summed by stage before and stage after."""

from collections.abc import Sequence
from dataclasses import dataclass

from libs.common.contracts.projects import Stage
from services.projects.ledger.repository import SlipTotal, StageTotal


@dataclass(frozen=True, slots=True)
class ComparisonTotals:
    """Counts and sums over all projects of a filter on two days."""

    stages: Sequence[StageTotal]

    def count(self, *, before: bool) -> int:
        return sum(total.projects for total in self.stages if not before or total.stage_before is not None)

    @property
    def new(self) -> int:
        return sum(total.projects for total in self.stages if total.stage_before is None)

    @property
    def gone(self) -> int:
        ended = Stage.TERMINATED.value
        return sum(
            total.projects
            for total in self.stages
            if total.stage_after == ended and total.stage_before not in (None, ended)
        )

    @property
    def stage_moved(self) -> int:
        return sum(total.projects for total in self.stages if total.stage_before not in (None, total.stage_after))

    def by_stage(self) -> list[tuple[Stage, int, int]]:
        """Stage, projects at it on the first and on the second day, in the order of the path."""
        counted = [
            (
                stage,
                sum(total.projects for total in self.stages if total.stage_before == stage.value),
                sum(total.projects for total in self.stages if total.stage_after == stage.value),
            )
            for stage in Stage
        ]
        return [entry for entry in counted if entry[1] or entry[2]]

    @property
    def slips(self) -> list[SlipTotal]:
        """What moved by milestone, in order of their names; milestones that did not move are left out."""
        found: dict[str, SlipTotal] = {}
        for total in self.stages:
            for slip in total.slips:
                if slip.later or slip.earlier:
                    known = found.get(slip.milestone)
                    found[slip.milestone] = slip if known is None else known + slip
        return [found[milestone] for milestone in sorted(found)]

    def money(self, name: str) -> tuple[int, int]:
        """A sum of money on the first and on the second day."""
        return (
            sum(total.before_yuan[name] for total in self.stages),
            sum(total.after_yuan[name] for total in self.stages),
        )
