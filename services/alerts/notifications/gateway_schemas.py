"""Shapes of gateways on the wire."""

from datetime import datetime
from typing import Any, TypeVar
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, field_validator

from services.alerts.notifications.domain.kinds import GATEWAY_KINDS, ChannelKind
from services.alerts.notifications.schemas import QuotaLimit

_REGION = r"^[1-9][0-9]{5}([0-9]{3})?$"


SecretT = TypeVar("SecretT", str, str | None)


class GatewayCreate(BaseModel):
    """An account that carries messages.

    ``settings`` by kind: ``wecom_app`` corp_id, agent_id; ``dingtalk_app`` app_key, agent_id; ``feishu_app``
    app_id, receive_id_type; ``sms`` and ``voice`` the template of a request (method, url, headers, encoding,
    body, success, reports). ``secrets`` are sealed and never shown: ``secret`` (WeCom), ``app_secret``
    (DingTalk, Feishu), any names for a template, which names them ``{secret.<name>}``.
    """

    model_config = ConfigDict(extra="forbid")

    name: str = Field(min_length=1, max_length=200)
    kind: ChannelKind
    region_code: str | None = Field(default=None, pattern=_REGION, description="Absent: the whole installation.")
    settings: dict[str, Any]
    secrets: dict[str, str] = Field(default_factory=dict, max_length=20)
    limits: list[QuotaLimit] | None = Field(default=None, max_length=4)

    @field_validator("kind")
    @classmethod
    def _carries(cls, kind: ChannelKind) -> ChannelKind:
        if kind not in GATEWAY_KINDS:
            raise ValueError("channels of this kind need no gateway")
        return kind

    @field_validator("secrets")
    @classmethod
    def _bounded(cls, secrets: dict[str, str]) -> dict[str, str]:
        return _checked_secrets(secrets)


class GatewayUpdate(BaseModel):
    """What to change; of ``secrets`` only those named, a null takes one away."""

    model_config = ConfigDict(extra="forbid")

    name: str | None = Field(default=None, min_length=1, max_length=200)
    settings: dict[str, Any] | None = None
    secrets: dict[str, str | None] | None = Field(default=None, max_length=20)
    limits: list[QuotaLimit] | None = Field(default=None, max_length=4)
    enabled: bool | None = None

    @field_validator("secrets")
    @classmethod
    def _bounded(cls, secrets: dict[str, str | None] | None) -> dict[str, str | None] | None:
        return None if secrets is None else _checked_secrets(secrets)


class GatewayRead(BaseModel):
    model_config = ConfigDict(from_attributes=True)

    id: UUID
    version: int
    name: str
    kind: ChannelKind
    region_code: str | None
    settings: dict[str, Any]
    limits: list[QuotaLimit] | None
    enabled: bool
    created_at: datetime
    updated_at: datetime


class GatewayDetail(GatewayRead):
    report_path: str | None = Field(
        default=None,
        description="Where the provider POSTs its reports, if the template reads them. It holds a key: whoever may"
        " change the gateway sees it.",
    )


def _checked_secrets(secrets: dict[str, SecretT]) -> dict[str, SecretT]:
    odd = [name for name in secrets if not name.replace("_", "a").isalnum() or not name.isascii()]
    if odd:
        raise ValueError(f"names of secrets are letters, digits and underscores: {', '.join(odd)[:200]}")
    if any(value is not None and not 0 < len(value) <= 4000 for value in secrets.values()):
        raise ValueError("a secret has 1 to 4000 characters")
    return secrets
