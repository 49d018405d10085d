"""Events of the projects service, one module a subject; what other code needs of them is named here."""

from libs.common.contracts.base import EventPayload
from libs.common.contracts.projects import approvals, conditions, ledger, registry
from libs.common.contracts.projects.approvals import (
    APPROVAL,
    ApprovalAcceptedV1,
    ApprovalAmendedV1,
    ApprovalDecidedV1,
    ApprovalFiledV1,
    ApprovalPausedV1,
    ApprovalRescheduledV1,
    ApprovalResumedV1,
    ApprovalReversedV1,
)
from libs.common.contracts.projects.conditions import (
    CONDITION,
    ProjectConditionClearedV1,
    ProjectConditionOpenedV1,
)
from libs.common.contracts.projects.ledger import (
    PROJECT,
    ProjectAmendedV1,
    ProjectInvestmentRecordedV1,
    ProjectProgressRecordedV1,
    ProjectRegisteredV1,
    ProjectReplannedV1,
    ProjectStageEnteredV1,
    Stage,
)
from libs.common.contracts.projects.owner import OWNER
from libs.common.contracts.projects.registry import (
    CALENDAR,
    CREDENTIAL,
    ENTERPRISE,
    PERSON,
    REGION,
    UNIT,
    AccountRevokedV1,
    ApiKeyRecordedV1,
    CalendarDayRecordedV1,
    EnterpriseRecordedV1,
    PersonRecordedV1,
    RegionRecordedV1,
    SigningKeyRecordedV1,
    UnitRecordedV1,
    declares_year,
)

EVENTS: tuple[type[EventPayload], ...] = (
    *registry.EVENTS,
    *ledger.EVENTS,
    *conditions.EVENTS,
    *approvals.EVENTS,
)

__all__ = [
    "APPROVAL",
    "CALENDAR",
    "CONDITION",
    "CREDENTIAL",
    "ENTERPRISE",
    "EVENTS",
    "OWNER",
    "PERSON",
    "PROJECT",
    "REGION",
    "UNIT",
    "AccountRevokedV1",
    "ApiKeyRecordedV1",
    "ApprovalAcceptedV1",
    "ApprovalAmendedV1",
    "ApprovalDecidedV1",
    "ApprovalFiledV1",
    "ApprovalPausedV1",
    "ApprovalRescheduledV1",
    "ApprovalResumedV1",
    "ApprovalReversedV1",
    "CalendarDayRecordedV1",
    "EnterpriseRecordedV1",
    "PersonRecordedV1",
    "ProjectAmendedV1",
    "ProjectConditionClearedV1",
    "ProjectConditionOpenedV1",
    "ProjectInvestmentRecordedV1",
    "ProjectProgressRecordedV1",
    "ProjectRegisteredV1",
    "ProjectReplannedV1",
    "ProjectStageEnteredV1",
    "RegionRecordedV1",
    "SigningKeyRecordedV1",
    "Stage",
    "UnitRecordedV1",
    "declares_year",
]
