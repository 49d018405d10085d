"""Keeping gateways: the installation's accounts with who carries messages, their secrets write-only."""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Mapping
from typing import Any
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from libs.common.context import Context
from libs.common.security.scope import ensure_region
from libs.common.web.problems import FieldError
from services.alerts.notifications import gateway_repository
from services.alerts.notifications.addresses import ChannelGuard
from services.alerts.notifications.domain.http_template import HttpTemplate, UnknownPlace
from services.alerts.notifications.domain.kinds import ChannelKind
from services.alerts.notifications.errors import GatewayInvalid, GatewayNotFound
from services.alerts.notifications.tables import GatewayRow


class _Application(BaseModel):
    """What is common to applications; ``base_url`` for a private deployment or a proxy of the vendor."""

    model_config = ConfigDict(extra="forbid")

    base_url: str | None = Field(default=None, min_length=8, max_length=200, pattern=r"^https?://[^/?#\s]+$")


class WecomApplication(_Application):
    corp_id: str = Field(min_length=1, max_length=64)
    agent_id: int


class DingtalkApplication(_Application):
    app_key: str = Field(min_length=1, max_length=100)
    agent_id: int


class FeishuApplication(_Application):
    app_id: str = Field(min_length=1, max_length=64)
    receive_id_type: str = Field(default="open_id", pattern="^(open_id|user_id|union_id|email)$")


# The settings of each kind, and the secrets it cannot do without.
_KINDS: dict[ChannelKind, tuple[type[BaseModel], frozenset[str]]] = {
    ChannelKind.WECOM_APP: (WecomApplication, frozenset({"secret"})),
    ChannelKind.DINGTALK_APP: (DingtalkApplication, frozenset({"app_secret"})),
    ChannelKind.FEISHU_APP: (FeishuApplication, frozenset({"app_secret"})),
    ChannelKind.SMS: (HttpTemplate, frozenset()),
    ChannelKind.VOICE: (HttpTemplate, frozenset()),
}
_VENDOR_HOSTS = {
    ChannelKind.WECOM_APP: "https://qyapi.weixin.qq.com",
    ChannelKind.DINGTALK_APP: "https://oapi.dingtalk.com",
    ChannelKind.FEISHU_APP: "https://open.feishu.cn",
}


async def create_gateway(
    ctx: Context, guard: ChannelGuard, facts: dict[str, Any], secrets: Mapping[str, str]
) -> GatewayRow:
    """Raises GatewayInvalid, AddressRefused, and NotFound for a region that is not the caller's."""
    ensure_region(ctx.principal, facts["region_code"])
    settings = _checked(guard, facts["kind"], facts["settings"], frozenset(secrets))
    row = GatewayRow(
        **{
            **facts,
            "settings": settings,
            "id": ctx.new_id(),
            "secrets_sealed": guard.seal_gateway(secrets),
            "created_at": ctx.now,
            "updated_at": ctx.now,
        }
    )
    ctx.session.add(row)
    await ctx.session.flush()
    return row


async def get_gateway(ctx: Context, gateway_id: UUID, *, lock: bool = False) -> GatewayRow:
    """Raises GatewayNotFound."""
    row = await gateway_repository.find_gateway(ctx.session, ctx.principal, gateway_id, lock=lock)
    if row is None:
        raise GatewayNotFound
    return row


async def change_gateway(
    ctx: Context,
    guard: ChannelGuard,
    row: GatewayRow,
    changes: dict[str, Any],
    *,
    secrets: Mapping[str, str | None] | None,
) -> None:
    """Apply changes to a locked gateway; of the secrets only those named change, a null takes one away.

    Raises GatewayInvalid, AddressRefused.
    """
    kept = guard.open_gateway(row.secrets_sealed)
    merged = {**kept, **(secrets or {})}
    known = {name: value for name, value in merged.items() if value is not None}
    settings = changes.pop("settings", row.settings)
    row.settings = _checked(guard, row.kind, settings, frozenset(known))
    row.secrets_sealed = guard.seal_gateway(known)
    for name, value in changes.items():
        setattr(row, name, value)
    row.version += 1
    row.updated_at = ctx.now
    await ctx.session.flush()


def report_key(derived_key: bytes, gateway_id: UUID) -> str:
    """The part of a gateway's report address that only its provider is told."""
    raw = hmac.new(derived_key, gateway_id.bytes, hashlib.sha256).digest()
    return base64.urlsafe_b64encode(raw[:24]).decode()


def _checked(
    guard: ChannelGuard, kind: str, settings: Mapping[str, Any], secrets: frozenset[str]
) -> dict[str, Any]:
    """The settings in full. Raises GatewayInvalid naming every fault, AddressRefused."""
    model, wanted = _KINDS[ChannelKind(kind)]
    missing = [FieldError("missing", pointer=f"/secrets/{name}") for name in sorted(wanted - secrets)]
    try:
        parsed = model.model_validate(settings)
    except ValidationError as error:
        raise GatewayInvalid(kind=kind, errors=missing + _faults(error)) from error
    if missing:
        raise GatewayInvalid(kind=kind, errors=missing)
    if isinstance(parsed, HttpTemplate):
        try:
            parsed.check_places(secrets)
        except ValueError as error:
            fault = "field.unknown_place" if isinstance(error, UnknownPlace) else "field.nested_too_deeply"
            raise GatewayInvalid(
                kind=kind, errors=[FieldError(fault, pointer="/settings", params={"names": str(error)})]
            ) from error
        guard.check_template(parsed)
    else:
        guard.check_url(getattr(parsed, "base_url", None) or _VENDOR_HOSTS[ChannelKind(kind)])
    return parsed.model_dump(mode="json")


def _faults(error: ValidationError) -> list[FieldError]:
    return [
        FieldError(
            str(fault["type"]),
            pointer="/settings" + "".join(f"/{part}" for part in fault["loc"]),
            params={"message": fault["msg"], "error": fault["msg"], **(fault.get("ctx") or {})},
        )
        for fault in error.errors()[:20]
    ]
