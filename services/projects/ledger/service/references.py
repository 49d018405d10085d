"""What a project refers to, and the code it is referred to by."""

from libs.common.context import Context
from libs.common.web.problems import FieldError
from services.projects.ledger.domain.project import Project
from services.projects.ledger.errors import DuplicateProjectCode
from services.projects.registry import repository as registry


def code_taken(code: str) -> DuplicateProjectCode:
    return DuplicateProjectCode(project_code=code, errors=[FieldError("project_code.taken", "/code")])


async def unknown_references(ctx: Context, project: Project, before: Project | None) -> tuple[str, ...]:
    """Names of the fields that refer to what the registry does not hold."""
    session = ctx.session
    checks = (
        ("responsible_person_id", project.responsible_person_id, registry.has_person),
        ("responsible_unit_id", project.responsible_unit_id, registry.has_unit),
        ("enterprise_id", project.enterprise_id, registry.has_enterprise),
    )
    unknown = [
        name
        for name, key, exists in checks
        if key is not None and key != getattr(before, name, None) and not await exists(session, key)
    ]
    return tuple(unknown)
