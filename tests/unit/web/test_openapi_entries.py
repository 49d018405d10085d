from typing import Annotated, Any
from uuid import UUID

import pytest
from fastapi import APIRouter, Depends
from pydantic import BaseModel
from sqlalchemy import Column, String, Uuid

from libs.common.web.dependencies import ContextDep
from libs.common.web.filters import FilterField
from libs.common.web.listing import Listing, ListQuery, PageOf
from libs.common.web.problems import DomainError, problems
from libs.common.web.routes import TransactionalRoute, public
from tests.support.web import build_app


class TooBig(DomainError):
    """It does not fit."""

    code = "thing.too_big"
    status = 422


class Thing(BaseModel):
    id: UUID


THINGS = Listing(
    fields={
        "id": FilterField(Column("id", Uuid, nullable=False), UUID),
        "name": FilterField(Column("name", String)),
    }
)
router = APIRouter(prefix="/v1", route_class=TransactionalRoute)


@router.get("/things", response_model=PageOf[Thing])
async def list_things(ctx: ContextDep, query: Annotated[ListQuery, Depends(THINGS)]) -> None: ...


@router.post("/things", status_code=201, responses=problems(TooBig))
async def post_thing(ctx: ContextDep, thing: Thing) -> Thing:
    return thing


@router.patch("/things/{thing_id}")
async def patch_thing(ctx: ContextDep, thing_id: UUID) -> None: ...


@router.post("/tokens")
@public
async def post_token(ctx: ContextDep) -> None: ...


@pytest.fixture(scope="module")
def document() -> dict[str, Any]:
    found = build_app([router]).openapi()
    assert found["openapi"].startswith("3.1")
    assert {"Problem", "ProblemFault"} <= set(found["components"]["schemas"])
    return found


@pytest.fixture(scope="module")
def paths(document: dict[str, Any]) -> dict[str, Any]:
    """As a reader of the document sees them, who follows every reference but those to schemas."""
    found: dict[str, Any] = _followed(document["paths"], document["components"])
    return found


def _followed(part: Any, components: dict[str, Any]) -> Any:
    if isinstance(part, list):
        return [_followed(one, components) for one in part]
    if not isinstance(part, dict):
        return part
    _, _, place = part.get("$ref", "").partition("#/components/")
    kind, _, name = place.partition("/")
    if kind in {"responses", "parameters", "examples"}:
        return _followed(components[kind][name], components)
    return {key: _followed(one, components) for key, one in part.items()}


def _parameters(operation: dict[str, Any]) -> set[str]:
    return {parameter["name"] for parameter in operation.get("parameters", [])}


def test_filters_are_described_when_a_list_takes_them(paths: dict[str, Any]) -> None:
    found = _parameters(paths["/v1/things"]["get"])

    assert {"limit", "cursor", "sort", "fields", "filter[name][contains]", "filter[id][eq]"} <= found


def test_key_and_own_problem_are_described_when_the_operation_posts(paths: dict[str, Any]) -> None:
    post = paths["/v1/things"]["post"]

    assert "Idempotency-Key" in _parameters(post)
    assert {"201", "401", "403", "404", "409", "413", "415", "422", "500", "503"} <= set(post["responses"])
    examples = post["responses"]["422"]["content"]["application/problem+json"]["examples"]
    assert {"thing.too_big", "request.malformed", "idempotency.key_reused"} <= set(examples)


def test_preconditions_are_described_when_the_operation_patches(paths: dict[str, Any]) -> None:
    patch = paths["/v1/things/{thing_id}"]["patch"]

    assert "If-Match" in _parameters(patch)
    assert {"412", "428"} <= set(patch["responses"])


def test_operation_asks_for_no_credential_when_it_is_public(paths: dict[str, Any]) -> None:
    assert paths["/v1/tokens"]["post"]["security"] == []
    assert "401" not in paths["/v1/tokens"]["post"]["responses"]
    assert paths["/v1/things"]["get"]["security"] == [{"bearer": []}, {"apiKey": []}]


def test_document_names_no_probe(paths: dict[str, Any]) -> None:
    assert not any(path.startswith(("/healthz", "/readyz", "/metrics")) for path in paths)


def test_what_operations_say_alike_is_said_once(document: dict[str, Any]) -> None:
    answers = [
        operation["responses"]["500"]
        for path in document["paths"].values()
        for operation in path.values()
        if "responses" in operation
    ]
    assert answers == [{"$ref": "#/components/responses/internal"}] * 4
    internal = document["components"]["responses"]["internal"]["content"]["application/problem+json"]
    assert internal["examples"] == {"internal": {"$ref": "#/components/examples/internal"}}
    assert document["components"]["examples"]["internal"]["value"]["status"] == 500
    keys = [one for one in document["paths"]["/v1/things"]["post"]["parameters"] if "$ref" not in one]
    assert [one["name"] for one in keys] == ["Idempotency-Key"]


def test_second_application_of_the_same_routes_is_described_as_the_first(document: dict[str, Any]) -> None:
    assert build_app([router]).openapi() == document
