"""Shapes that all services answer with."""

from typing import Any

from pydantic import BaseModel, ConfigDict, Field


class ProblemFault(BaseModel):
    """One fault in what was sent."""

    code: str = Field(description="Stable name of the fault.")
    pointer: str = Field(description="JSON pointer into the body; empty for the body itself or a fault outside.")
    message: str = Field(description="The fault in the caller's language.")
    parameter: str | None = Field(
        default=None, description="Query parameter, header or path part, for a fault outside of the body."
    )


class Problem(BaseModel):
    """RFC 9457 problem document; ``code`` is stable, texts follow ``Accept-Language`` (zh-CN, en)."""

    model_config = ConfigDict(extra="allow")

    type: str = Field(description="URI that names the kind of problem: urn:duban:problem:<code>.")
    title: str = Field(description="The kind of problem in the caller's language.")
    status: int = Field(description="The response's status code.", ge=400, le=599)
    code: str = Field(description="Stable name of the problem.")
    detail: str | None = Field(default=None, description="What this occurrence is about.")
    instance: str | None = Field(default=None, description="Path of the request.")
    request_id: str | None = Field(default=None, description="The request's X-Request-Id.")
    trace_id: str | None = Field(default=None, description="W3C trace id, as in the logs.")
    errors: list[ProblemFault] | None = Field(default=None, description="Each fault in what was sent.")


def problem_components() -> dict[str, Any]:
    """The OpenAPI schemas that problem responses refer to."""
    schema = Problem.model_json_schema(ref_template="#/components/schemas/{model}")
    return {**schema.pop("$defs", {}), "Problem": schema}
