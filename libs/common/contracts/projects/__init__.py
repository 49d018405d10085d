"""Events of the projects service, one module a subject; what other code needs of them is named here."""

from libs.common.contracts.base import EventPayload
from libs.common.contracts.projects import conditions, documents, ledger, registry
from libs.common.contracts.projects.conditions import (
    CONDITION,
    ProjectConditionClearedV1,
    ProjectConditionOpenedV1,
)
from libs.common.contracts.projects.documents import (
    DOCUMENT,
    DocumentAddedV1,
    DocumentAmendedV1,
    DocumentWithdrawnV1,
)
from libs.common.contracts.projects.ledger import (
    PROJECT,
    ProjectAmendedV1,
    ProjectFundsRecordedV1,
    ProjectFundsRejectedV1,
    ProjectFundsVerifiedV1,
    ProjectFundsWithdrawnV1,
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
    *documents.EVENTS,
)

__all__ = [
    "CALENDAR",
    "CONDITION",
    "CREDENTIAL",
    "DOCUMENT",
    "ENTERPRISE",
    "EVENTS",
    "OWNER",
    "PERSON",
    "PROJECT",
    "REGION",
    "UNIT",
    "AccountRevokedV1",
    "ApiKeyRecordedV1",
    "CalendarDayRecordedV1",
    "DocumentAddedV1",
    "DocumentAmendedV1",
    "DocumentWithdrawnV1",
    "EnterpriseRecordedV1",
    "PersonRecordedV1",
    "ProjectAmendedV1",
    "ProjectConditionClearedV1",
    "ProjectConditionOpenedV1",
    "ProjectFundsRecordedV1",
    "ProjectFundsRejectedV1",
    "ProjectFundsVerifiedV1",
    "ProjectFundsWithdrawnV1",
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
