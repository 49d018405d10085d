"""Examples of the projects service's events: complete, canonical, and readable as they stand on Kafka.

That the service produces exactly these shapes is tested in tests/integration/projects.
"""

from __future__ import annotations

import json

import pytest

from libs.common.contracts import projects
from libs.common.contracts.base import EventPayload
from libs.common.contracts.catalogue import BY_TYPE, EVENTS, example
from libs.common.outbox.envelope import decode

OWN = [event for event in EVENTS if event.topic.owner == projects.OWNER]

# What identifies the thing an event tells of is the event's subject, and so the key on Kafka.
SUBJECT_FIELDS = {
    projects.REGION: "code",
    projects.UNIT: "unit_id",
    projects.PERSON: "person_id",
    projects.ENTERPRISE: "enterprise_id",
    projects.CALENDAR: "on",
    projects.PROJECT: "project_id",
    projects.CONDITION: "condition_id",
    projects.INSPECTION: "inspection_id",
    projects.UNFILED_INSPECTION: "report_id",
    projects.APPEAL: "appeal_id",
    projects.AGENCY_CASE: "case_id",
    projects.PARK: "park_id",
    projects.bulletins.BULLETIN: "bulletin_id",
    projects.SITE: "site_id",
    projects.TENANT: "tenant_id",
    projects.ATTRIBUTION: "attribution_id",
    projects.INVESTOR: "investor_id",
    projects.REFERRAL: "referral_id",
    projects.LEAD: "lead_id",
    projects.PROMOTION: "project_id",
    projects.AWARD: "award_id",
    projects.APPROVAL: "case_id",
    projects.GATE_REVIEW: "review_id",
    projects.GATE_OVERRIDE: "override_id",
    projects.DOCUMENT: "document_id",
    projects.LEADERSHIP: "project_id",
    projects.PROBLEM: "problem_id",
    projects.MEETING: "meeting_id",
    projects.ACTION_ITEM: "action_item_id",
    projects.VISIT: "visit_id",
    projects.INSTRUCTION: "instruction_id",
    projects.CHECK: "check_id",
    projects.LIST_MEMBER: "member_id",
    projects.SUPPORT_APPLICATION: "application_id",
    projects.FINANCING_NEED: "need_id",
    projects.INNOVATION_RECORD: "record_id",
    projects.HONOUR_ROUND: "round_id",
    projects.ECONOMY_REPORT: "report_id",
    projects.ECONOMY_MONTH: "closing_id",
    projects.CONTEST_STANDING: "standing",
    projects.CONTEST_APPEAL: "appeal_id",
    projects.TARGET: "target_id",
    projects.TARGET_ACTUAL: "figure",
    projects.TARGET_LETTER: "letter_id",
    projects.TARGET_EDITION: "edition_id",
    projects.TARGET_MISS: "miss_id",
}
CREDENTIAL_SUBJECTS: dict[type[EventPayload], str] = {
    projects.SigningKeyRecordedV1: "kid",
    projects.ApiKeyRecordedV1: "key_id",
    projects.AccountRevokedV1: "account_id",
    projects.SessionEndedV1: "session_id",
}


@pytest.mark.parametrize("contract", OWN, ids=lambda contract: contract.event_type)
def test_example_shows_every_field_when_written_anew(contract: type[EventPayload]) -> None:
    body = example(contract.event_type)["body"]
    assert json.loads(contract.model_validate(body).model_dump_json()) == body


@pytest.mark.parametrize("contract", OWN, ids=lambda contract: contract.event_type)
def test_example_is_decoded_when_consumed(contract: type[EventPayload]) -> None:
    sample = example(contract.event_type)
    event = decode(sample["headers"], json.dumps(sample["body"]).encode(), BY_TYPE)
    assert event is not None
    assert (type(event.payload), event.source) == (contract, "/projects")
    field = SUBJECT_FIELDS.get(contract.topic) or CREDENTIAL_SUBJECTS[contract]
    assert event.subject == sample["body"][field]
    assert event.aggregate_version >= 1


def test_state_topics_are_compacted_and_histories_are_not() -> None:
    compacted = {contract.topic.name for contract in OWN if contract.topic.compacted}
    assert compacted == {
        f"projects.{subject}.v1"
        for subject in ("region", "unit", "person", "enterprise", "credential", "calendar", "park")
    }
