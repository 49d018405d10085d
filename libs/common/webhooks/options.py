"""Settings of a service that calls out, to be mixed into its own; seconds of real time."""

from typing import Annotated, Any

from pydantic import Field, field_validator
from pydantic_settings import BaseSettings, NoDecode

from libs.common.webhooks.backoff import RetrySchedule
from libs.common.webhooks.hosts import AllowedHosts


class WebhookOptions(BaseSettings):
    """Where webhooks may go, and how patient their delivery is."""

    # Names, .domains, addresses, networks; empty: none.
    webhook_allowed_hosts: Annotated[tuple[str, ...], NoDecode] = ()
    webhook_timeout_seconds: float = Field(default=10.0, gt=0, le=60)
    delivery_waits_seconds: Annotated[tuple[float, ...], NoDecode] = RetrySchedule().waits
    delivery_lease_seconds: float = Field(default=60.0, ge=5, le=600)

    @field_validator("webhook_allowed_hosts", "delivery_waits_seconds", mode="before")
    @classmethod
    def _split_webhook_lists(cls, value: Any) -> Any:
        if not isinstance(value, str):
            return value
        return tuple(part.strip() for part in value.split(",") if part.strip())

    def hosts_allowed(self, *, require_https: bool) -> AllowedHosts:
        """Raises ValueError for an entry that is neither a name nor an address."""
        return AllowedHosts.of(self.webhook_allowed_hosts, require_https=require_https)
