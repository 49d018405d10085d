"""What of the problems the search finds."""

from services.projects.ledger.tables import ProjectRow
from services.projects.problems.service.events import code_of
from services.projects.problems.tables import ProblemRow
from services.projects.search_index.domain.entry import Entry, EntryType


def entry_of_problem(row: ProblemRow, project: ProjectRow) -> Entry:
    """A problem is found by its title and code, its description and how it was resolved."""
    return Entry(
        type=EntryType.PROBLEM,
        id=row.id,
        title=row.title,
        code=code_of(project, row),
        body="\n".join(part for part in (row.description, row.resolution) if part),
        path=f"/v1/problems/{row.id}",
        region_code=project.region_code,
        enterprise_id=project.enterprise_id,
        project_id=project.id,
        version=row.version,
    )
