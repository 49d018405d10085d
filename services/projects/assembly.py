"""What the API and the processes beside it have in common: the ledger with its watchers, the texts, the guards.

No route is imported here: a process without an API starts in half the time.
"""

from pathlib import Path

from services.projects.cadences.service.scanning import watch_project as watch_checks
from services.projects.gate.service.admission import admit_stage
from services.projects.gate.service.watching import watch_project as watch_gate
from services.projects.gate.service.watching import watch_projects as watch_gates
from services.projects.leadership.service.leadership import settle_project_gaps, settle_projects_gaps
from services.projects.ledger.service.ledger import Ledger, one_by_state
from services.projects.oversight.service import settle_project, settle_projects
from services.projects.parks.service.parks import unknown_park
from services.projects.promotion.service.overpaying import watch_project as watch_promotion
from services.projects.promotion.service.overpaying import watch_projects as watch_promotions
from services.projects.promotion.service.promotions import guard_signing
from services.projects.search.service.indexing import index_project, index_projects
from services.projects.settings import ProjectsSettings
from services.projects.webhooks.service.subscriptions import WebhookGuard

SERVICE = "projects"
# The service's own texts, and those of the slices that keep theirs beside their rules.
MESSAGES = tuple(sorted(path.parent for path in Path(__file__).parent.rglob("messages/en.json")))


def build_ledger() -> Ledger:
    """The ledger of requests and imports.

    What other slices make of a project they see in the transaction that stores it, and refuse before a stage.
    """
    return Ledger(
        watchers=[settle_project, watch_promotion, watch_gate, settle_project_gaps, watch_checks, index_project],
        guards=[guard_signing, admit_stage],
        references=[unknown_park],
        in_bulk={
            settle_project: one_by_state(settle_projects),
            watch_promotion: one_by_state(watch_promotions),
            watch_gate: one_by_state(watch_gates),
            settle_project_gaps: one_by_state(settle_projects_gaps),
            index_project: index_projects,
        },
    )


def webhook_guard(settings: ProjectsSettings) -> WebhookGuard:
    """What subscriptions are checked and sealed with, for the API and for the workers."""
    return WebhookGuard(
        settings.envelope(),
        settings.allowed_hosts(),
        settings.webhook_secret_overlap_seconds,
    )
