"""What other slices ask of orderly use: the plan that holds, who is chosen, who has borne what, who is taken."""

from services.energy.curtailment.domain.plan import PlanFacts as Plan
from services.energy.curtailment.domain.selection import Burden, Chosen, Passed, Selection
from services.energy.curtailment.service.burdens import Borne, curtailed_so_far, record_burdens, withdraw_burden
from services.energy.curtailment.service.exclusions import hold, release
from services.energy.curtailment.service.selecting import approved_plan, select_users

__all__ = [
    "Borne",
    "Burden",
    "Chosen",
    "Passed",
    "Plan",
    "Selection",
    "approved_plan",
    "curtailed_so_far",
    "hold",
    "record_burdens",
    "release",
    "select_users",
    "withdraw_burden",
]
