"""SQL of the rates: the same rules as the domain's, over all projects at once, and the facts for those.

That both say the same of any projects is tested on random ones (tests/integration/projects/test_rates_sql.py).
"""

from services.projects.rates.repository.behind import BEHIND, Behind, Part, list_behind
from services.projects.rates.repository.cohort import cohort_within
from services.projects.rates.repository.figures import figures_of
from services.projects.rates.repository.loading import load_facts

__all__ = ["BEHIND", "Behind", "Part", "cohort_within", "figures_of", "list_behind", "load_facts"]
