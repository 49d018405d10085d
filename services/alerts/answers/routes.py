"""Pages behind one-time links, and the addresses that providers report to. None of them needs a credential:
what is in the address is one.
"""

from __future__ import annotations

import hmac
import json
from typing import Annotated, Any
from urllib.parse import parse_qsl
from uuid import UUID

from fastapi import APIRouter, Depends, Request
from fastapi.responses import HTMLResponse

from libs.common.web.catalogue import negotiate
from libs.common.web.dependencies import ContextDep
from libs.common.web.problems import FieldError, MalformedRequest, problems
from libs.common.web.routes import TransactionalRoute, public
from services.alerts.answers import service
from services.alerts.answers.page import HEADERS, page
from services.alerts.answers.service import Answer
from services.alerts.notifications import gateway_repository, gateways, receipts
from services.alerts.notifications.domain.http_template import HttpTemplate
from services.alerts.notifications.domain.message import Language
from services.alerts.notifications.errors import GatewayNotFound
from services.alerts.notifications.gateway_routes import ReportKeyDep
from services.alerts.notifications.wording import wording

router = APIRouter(route_class=TransactionalRoute, tags=["answers"])

_FORM = "application/x-www-form-urlencoded"
_MOST_FIELDS = 200


async def _console_url(request: Request) -> str:
    return str(request.app.state.console_url)


async def _language(request: Request) -> Language:
    return Language(negotiate(request.headers.get("accept-language")))


ConsoleDep = Annotated[str, Depends(_console_url)]
LanguageDep = Annotated[Language, Depends(_language)]


@router.get("/r/{token}", include_in_schema=False)
@public
async def show_link(ctx: ContextDep, console: ConsoleDep, language: LanguageDep, token: str) -> HTMLResponse:
    """What the link is about; changes nothing."""
    return _html(await service.look(ctx, token, console, language), token)


@router.post("/r/{token}/acknowledgements", include_in_schema=False)
@public
async def acknowledge(ctx: ContextDep, console: ConsoleDep, language: LanguageDep, token: str) -> HTMLResponse:
    """Take the alert up, in the name of the link's person; once."""
    return _html(await service.acknowledge(ctx, token, console, language), token)


@router.post("/r/{token}/reads", include_in_schema=False)
@public
async def read(ctx: ContextDep, console: ConsoleDep, language: LanguageDep, token: str) -> HTMLResponse:
    """Say that one has read it."""
    return _html(await service.read(ctx, token, console, language), token)


@router.post("/v1/gateways/{gateway_id}/reports/{key}", responses=problems(GatewayNotFound, MalformedRequest))
@public
async def take_reports(
    request: Request, ctx: ContextDep, report_key: ReportKeyDep, gateway_id: UUID, key: str
) -> dict[str, int]:
    """What a provider of SMS or calls reports of messages: a JSON object, a list of them, or a form."""
    if not hmac.compare_digest(key.encode(), gateways.report_key(report_key, gateway_id).encode()):
        raise GatewayNotFound
    gateway = await gateway_repository.get_any_gateway(ctx.session, gateway_id)
    if gateway is None or not gateway.settings.get("reports"):
        raise GatewayNotFound
    document = _parsed(request.headers.get("content-type", ""), await request.body())
    template = HttpTemplate.model_validate(gateway.settings)
    return {"known": await receipts.take_reports(ctx, gateway_id, template, document)}


def _html(answer: Answer, token: str) -> HTMLResponse:
    words = wording(answer.language)
    text = page(
        answer.language,
        words,
        shown=answer.shown,
        said=answer.said,
        token=token if answer.may_answer else None,
    )
    headers = {**HEADERS, "Content-Language": answer.language.value}
    return HTMLResponse(text, status_code=answer.status, headers=headers)


def _parsed(media_type: str, body: bytes) -> Any:
    """Raises MalformedRequest."""
    try:
        if media_type.partition(";")[0].strip().lower() == _FORM:
            return dict(parse_qsl(body.decode(), max_num_fields=_MOST_FIELDS))
        return json.loads(body)
    except (ValueError, RecursionError):
        raise MalformedRequest(errors=[FieldError("field.body_unreadable")]) from None
