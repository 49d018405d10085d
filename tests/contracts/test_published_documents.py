"""The committed OpenAPI and AsyncAPI documents are the contract: they never drift from the code."""

import json

import pytest
from jsonschema import Draft202012Validator

from libs.common.contracts.base import EventPayload
from libs.common.contracts.catalogue import EVENTS, example
from tests.support.documents import ROOT, documents


@pytest.fixture(scope="module")
def generated() -> dict[str, str]:
    return {str(path): text for path, text in documents().items()}


@pytest.mark.parametrize(
    "path",
    [
        "docs/asyncapi/duban.json",
        "docs/openapi/projects.json",
        "docs/openapi/energy.json",
        "docs/openapi/alerts.json",
    ],
)
def test_document_is_current_when_code_generates_it_anew(generated: dict[str, str], path: str) -> None:
    committed = (ROOT / path).read_text(encoding="utf-8")
    assert json.loads(committed) == json.loads(generated[path]), (
        f"{path} has drifted: run python -m tests.support.documents and review the difference"
    )


@pytest.mark.parametrize("event", EVENTS, ids=lambda event: event.event_type)
def test_example_fits_the_contract_when_read_as_on_kafka(event: type[EventPayload]) -> None:
    sample = example(event.event_type)
    assert sample["headers"]["ce_type"] == event.event_type
    assert sample["headers"]["ce_specversion"] == "1.0"
    Draft202012Validator(event.model_json_schema(mode="serialization")).validate(sample["body"])
    payload = event.model_validate(sample["body"])
    # Nothing of the example is lost on the way through the class: it shows no field the contract lacks.
    assert set(sample["body"]) <= set(json.loads(payload.model_dump_json()))
