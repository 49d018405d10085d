"""What every event of a case says."""

from typing import Any

from services.projects.approvals.domain.case import Case


def facts_told(case: Case) -> dict[str, Any]:
    return {
        "case_id": case.id,
        "code": case.code,
        "matter_code": case.matter_code,
        "matter_name": case.matter_name,
        "project_id": case.project_id,
        "enterprise_id": case.enterprise_id,
        "unit_id": case.unit_id,
        "owner_person_id": case.owner_person_id,
    }
