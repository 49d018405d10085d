"""A project as what a condition is about."""

from services.projects.conditions.domain.condition import Subject
from services.projects.ledger.domain.project import Project


def subject_of(project: Project) -> Subject:
    return Subject(
        type="project",
        id=project.id,
        code=project.code,
        name=project.name,
        region_code=project.region_code,
        project_id=project.id,
        project_code=project.code,
        project_name=project.name,
        enterprise_id=project.enterprise_id,
        responsible_person_id=project.responsible_person_id,
        responsible_unit_id=project.responsible_unit_id,
    )
