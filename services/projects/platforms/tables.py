"""Tables of platforms, of identities linked to accounts, and of tickets. Tickets live in real time."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, Text, UniqueConstraint
from sqlmodel import Field

from libs.common.database import UtcDateTime
from services.projects.database import ProjectsTable, VersionedTable


class SignInPlatformRow(VersionedTable, table=True):
    """An application of ours on a platform; its secret opens with the settings' secret key only.

    ``app_id``: the corporation's id at 企业微信, the application's key at 钉钉. ``api_url`` and ``authorize_url``
    stand for the platform's own addresses.
    """

    __tablename__ = "sign_in_platform"
    __table_args__ = (
        CheckConstraint("kind IN ('wecom', 'dingtalk')", name="kind_known"),
        CheckConstraint("agent_id IS NULL OR kind = 'wecom'", name="agent_of_wecom"),
    )

    id: UUID = Field(primary_key=True)
    kind: str
    name: str = Field(unique=True)
    app_id: str
    agent_id: int | None = None
    secret_sealed: str = Field(sa_type=Text)
    api_url: str | None = None
    authorize_url: str | None = None
    enabled: bool
    created_at: datetime = Field(sa_type=UtcDateTime)


class LinkedIdentityRow(ProjectsTable, table=True):
    """Whom an account is on a platform: one identity an account and platform, one account an identity."""

    __tablename__ = "linked_identity"
    __table_args__ = (UniqueConstraint("platform_id", "user_id"), UniqueConstraint("platform_id", "account_id"))

    id: UUID = Field(primary_key=True)
    platform_id: UUID = Field(foreign_key="sign_in_platform.id")
    user_id: str
    account_id: UUID = Field(foreign_key="account.id", index=True)
    linked_at: datetime = Field(sa_type=UtcDateTime)
    linked_by: str


class PlatformTicketRow(ProjectsTable, table=True):
    """What a platform said of somebody, until it is used; the ticket itself rests as SHA-256."""

    __tablename__ = "platform_ticket"

    id: UUID = Field(primary_key=True)
    secret_hash: str
    platform_id: UUID = Field(foreign_key="sign_in_platform.id")
    user_id: str
    expires_at: datetime = Field(sa_type=UtcDateTime, index=True)
