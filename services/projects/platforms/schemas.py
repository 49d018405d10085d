"""What platforms and links take and answer. Secrets are taken and never given; tickets are given once."""

from typing import Annotated, Any, Self
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, SecretStr, StringConstraints

from services.projects.platforms.domain.kinds import PlatformKind, authorize_address
from services.projects.platforms.service.tickets import Ticket
from services.projects.platforms.tables import SignInPlatformRow
from services.projects.registry.schemas import Name, example

AppId = Annotated[str, StringConstraints(strip_whitespace=True, pattern=r"^[A-Za-z0-9_.-]{1,100}$")]
UserId = Annotated[str, StringConstraints(strip_whitespace=True, pattern=r"^[A-Za-z0-9_.@+:$-]{1,100}$")]
Secret = Annotated[SecretStr, Field(min_length=1, max_length=500)]
BaseAddress = Annotated[str, StringConstraints(pattern=r"^https?://[^/?#\s]+$", min_length=8, max_length=200)]
TicketText = Annotated[SecretStr, Field(min_length=1, max_length=200)]


class PlatformCreate(BaseModel):
    model_config = example(
        kind="wecom",
        name="企业微信",
        app_id="ww0123456789abcdef",
        agent_id=1000002,
        secret="…",  # noqa: S106 - shows the shape only
    )

    kind: PlatformKind
    name: Name
    app_id: AppId = Field(description="企业微信: the corporation's id; 钉钉: the application's key (Client ID).")
    agent_id: int | None = Field(default=None, ge=1, le=2**31 - 1, description="企业微信 only.")
    secret: Secret
    api_url: BaseAddress | None = Field(
        default=None, description="In place of the platform's own hosts: a private deployment or a proxy."
    )
    authorize_url: BaseAddress | None = Field(default=None, description="In place of the host people are sent to.")

    def facts(self) -> dict[str, Any]:
        return self.model_dump(mode="json", exclude={"secret"})


class PlatformUpdate(BaseModel):
    """Fields that are left out stay."""

    model_config = example(enabled=False)

    name: Name = Field(default_factory=lambda: "")
    app_id: AppId = Field(default_factory=lambda: "")
    agent_id: int | None = Field(default_factory=lambda: None, ge=1, le=2**31 - 1)
    secret: Secret | None = None
    api_url: BaseAddress | None = Field(default_factory=lambda: None)
    authorize_url: BaseAddress | None = Field(default_factory=lambda: None)
    enabled: bool = Field(default_factory=lambda: True)

    def changes(self) -> dict[str, Any]:
        return self.model_dump(mode="json", exclude={"secret"}, exclude_unset=True)


class PlatformRead(BaseModel):
    model_config = ConfigDict(from_attributes=True)

    id: UUID
    kind: PlatformKind
    name: str
    app_id: str
    agent_id: int | None
    api_url: str | None
    authorize_url: str | None
    enabled: bool
    created_at: AwareDatetime
    version: int


class PlatformOffered(BaseModel):
    id: UUID
    kind: PlatformKind
    name: str
    authorize_address: str = Field(
        description="Where a browser goes for a code; `{redirect_uri}` and `{state}` are to be filled in, encoded."
    )

    @classmethod
    def of(cls, row: SignInPlatformRow) -> Self:
        kind = PlatformKind(row.kind)
        address = authorize_address(kind, row.app_id, row.agent_id, row.authorize_url)
        return cls(id=row.id, kind=kind, name=row.name, authorize_address=address)


class PlatformsOffered(BaseModel):
    items: list[PlatformOffered]


class CodeBrought(BaseModel):
    model_config = ConfigDict(extra="forbid")

    platform_id: UUID
    code: Annotated[SecretStr, Field(min_length=1, max_length=512)]


class TicketRead(BaseModel):
    ticket: str = Field(description="Good once, for signing in or for linking.")
    expires_in: int = Field(description="Seconds of real time.")
    linked: bool = Field(description="False: no account is linked to this identity yet.")

    @classmethod
    def of(cls, ticket: Ticket) -> Self:
        return cls(ticket=ticket.text, expires_in=ticket.lives_seconds, linked=ticket.linked)


class TicketSignIn(BaseModel):
    model_config = ConfigDict(extra="forbid")

    ticket: TicketText
    code: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=32)] | None = Field(
        default=None, description="Of the second factor: six digits, or a recovery code."
    )


class OwnLink(BaseModel):
    model_config = ConfigDict(extra="forbid")

    ticket: TicketText


class LinkCreate(BaseModel):
    model_config = ConfigDict(extra="forbid")

    platform_id: UUID
    user_id: UserId = Field(description="By which the platform knows the person: userid.")
    account_id: UUID


class LinkRead(BaseModel):
    model_config = ConfigDict(from_attributes=True)

    id: UUID
    platform_id: UUID
    user_id: str
    account_id: UUID
    linked_at: AwareDatetime
    linked_by: str
