"""What identity takes and answers. Passwords and keys are taken and given, never read back."""

from collections.abc import Sequence
from datetime import date
from typing import Annotated, Any
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, SecretStr, StringConstraints

from libs.common.security.principal import Principal, Role, Scope
from services.projects.identity.domain.policy import PROFILES, Profile
from services.projects.identity.service.accounts import Grants
from services.projects.identity.service.api_keys import KeyGrants
from services.projects.identity.service.sessions import IssuedTokens
from services.projects.identity.service.sign_in import Proof
from services.projects.identity.tables import AccountRow, ApiKeyRow, SignInPolicyRow
from services.projects.registry.schemas import Name, RegionCode, example

Username = Annotated[str, StringConstraints(to_lower=True, pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{1,63}$")]
Password = Annotated[SecretStr, Field(min_length=1, max_length=128)]


class SignInRequest(BaseModel):
    model_config = example(username="demo-officer", password="…")  # noqa: S106 - shows the shape only

    # Any text: a malformed name must be refused in the same way as an unknown one.
    username: Annotated[str, StringConstraints(to_lower=True, strip_whitespace=True, min_length=1, max_length=64)]
    password: Password
    code: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=32)] | None = Field(
        default=None, description="Of the second factor: six digits, or a recovery code."
    )

    new_password: Password | None = Field(
        default=None, description="Replaces the password: where it has run out, or where somebody else had set it."
    )

    def proof(self) -> Proof:
        chosen = None if self.new_password is None else self.new_password.get_secret_value()
        return Proof(self.password.get_secret_value(), self.code, chosen)


class RefreshRequest(BaseModel):
    model_config = ConfigDict(extra="forbid")

    refresh_token: Annotated[SecretStr, Field(min_length=1, max_length=200)]


class TokenRead(BaseModel):
    access_token: str
    token_type: str = "Bearer"  # noqa: S105 - the scheme's name
    expires_in: int = Field(description="Seconds of real time.")
    refresh_token: str = Field(description="For one renewal at /v1/tokens/refresh.")
    refresh_expires_in: int = Field(description="Seconds of real time in which a renewal has to come.")
    session_id: UUID
    recovery_codes: list[str] = Field(
        default=[], description="Shown once, when a second factor was confirmed; each is good for one sign-in."
    )

    @classmethod
    def of(cls, issued: IssuedTokens, recovery_codes: Sequence[str]) -> "TokenRead":
        return cls(
            access_token=issued.access_token,
            expires_in=issued.expires_in,
            refresh_token=issued.refresh_token,
            refresh_expires_in=issued.refresh_expires_in,
            session_id=issued.session_id,
            recovery_codes=list(recovery_codes),
        )


class SecondFactorSetUp(BaseModel):
    """Shown once."""

    secret: str = Field(description="Base32, to be typed into an authenticator application.")
    otpauth_uri: str = Field(description="The same for a QR code.")


class SessionRead(BaseModel):
    id: UUID
    account_id: UUID
    client: str = Field(description="What the program that signed in says it is.")
    began_at: AwareDatetime = Field(description="Real time, as all instants here.")
    renewed_at: AwareDatetime
    expires_at: AwareDatetime
    ended_at: AwareDatetime | None
    ended_by: str | None = Field(description="An account, or what ended it.")


class PasswordChange(BaseModel):
    model_config = example(password="…", new_password="…")  # noqa: S106 - shows the shape only

    password: Password
    new_password: Password


Seconds = Annotated[int, Field(ge=60, le=90 * 86_400)]


class SignInPolicyRead(BaseModel):
    max_failures: int
    window_seconds: int
    lock_seconds: int
    token_seconds: int
    idle_seconds: int
    session_seconds: int
    second_factor_roles: list[Role] | None = Field(
        description="Null: administrators, except in a local run. Empty: nobody has to."
    )
    password_min_length: int
    password_history: int = Field(description="So many passwords before the present one are not used again.")
    password_days: int | None = Field(description="Null: passwords do not run out.")
    change_given_passwords: bool | None = Field(
        description="Whether whoever was given a password chooses another first. Null: except in a local run."
    )
    max_address_failures: int = Field(description="Within the window, from one address, whatever the names.")
    alarm_locked_names: int = Field(description="So many names locked at once are told as an attack.")
    known_place_days: int = Field(
        description="So long failures where a name has signed in count for that address alone. 0: for the name."
    )
    alarm_refusals: int = Field(
        description="So many refusals (401, 403, 404) of one caller or address within the seconds below are told."
    )
    alarm_refusals_seconds: int = Field(description="The window of the refusals, of real time.")
    version: int


class SignInPolicyUpdate(BaseModel):
    """Fields that are left out stay."""

    model_config = example(second_factor_roles=["admin", "leader"])

    max_failures: int = Field(default_factory=lambda: 5, ge=1, le=100)
    window_seconds: Seconds = Field(default_factory=lambda: 900)
    lock_seconds: Seconds = Field(default_factory=lambda: 900)
    token_seconds: Seconds = Field(default_factory=lambda: 1800)
    idle_seconds: Seconds = Field(default_factory=lambda: 1800)
    session_seconds: Seconds = Field(default_factory=lambda: 43_200)
    second_factor_roles: list[Role] | None = Field(default_factory=lambda: None)
    password_min_length: int = Field(default_factory=lambda: 10, ge=8, le=64)
    password_history: int = Field(default_factory=lambda: 5, ge=0, le=24)
    password_days: Annotated[int, Field(ge=1, le=3650)] | None = Field(default_factory=lambda: None)
    change_given_passwords: bool | None = Field(default_factory=lambda: None)
    max_address_failures: int = Field(default_factory=lambda: 100, ge=5, le=100_000)
    alarm_locked_names: int = Field(default_factory=lambda: 5, ge=1, le=1000)
    known_place_days: int = Field(default_factory=lambda: 90, ge=0, le=3650)
    alarm_refusals: int = Field(default_factory=lambda: 200, ge=5, le=1_000_000)
    alarm_refusals_seconds: int = Field(default_factory=lambda: 600, ge=60, le=86_400)
    profile: Profile | None = Field(
        default_factory=lambda: None,
        description="Sets the rules that belong together; those given here go before.",
    )

    def put_into(self, row: SignInPolicyRow) -> None:
        rules: dict[str, Any] = {} if self.profile is None else dict(PROFILES[self.profile])
        rules |= self.model_dump(mode="json", exclude_unset=True, exclude={"profile"})
        for name, value in rules.items():
            setattr(row, name, value)


class PrincipalRead(BaseModel):
    """Who the caller is, and what is theirs."""

    model_config = ConfigDict(from_attributes=True)

    subject: str
    kind: str
    role: Role
    region_code: str | None
    enterprise_id: UUID | None
    person_id: UUID | None
    unit_id: UUID | None
    scopes: list[str]

    @classmethod
    def of(cls, principal: Principal) -> "PrincipalRead":
        own = {name: getattr(principal, name) for name in cls.model_fields}
        return cls(**own | {"scopes": sorted(principal.scopes)})


class AccountGrants(BaseModel):
    role: Role
    region_code: RegionCode | None = Field(
        default=None, description="Only admin, security and auditor may be without one."
    )
    enterprise_id: UUID | None = Field(default=None, description="For the role enterprise, and only for it.")
    person_id: UUID | None = None


class AccountCreate(AccountGrants):
    model_config = example(
        username="demo-officer",
        password="…",  # noqa: S106 - shows the shape only
        role="officer",
        region_code="421224101",
    )

    username: Username
    password: Password = Field(description="At least 10 characters of three classes, without the user's name.")

    def grants(self) -> Grants:
        return Grants(self.role, self.region_code, self.enterprise_id, self.person_id)


class AccountUpdate(BaseModel):
    """Fields that are left out stay. Every change voids the account's tokens."""

    model_config = example(active=False)

    role: Role = Field(default_factory=lambda: Role.VIEWER)
    region_code: RegionCode | None = Field(default_factory=lambda: None)
    enterprise_id: UUID | None = Field(default_factory=lambda: None)
    person_id: UUID | None = Field(default_factory=lambda: None)
    active: bool = Field(default_factory=lambda: True)

    def grants(self, row: AccountRow) -> Grants:
        known: dict[str, Any] = {name: getattr(row, name) for name in Grants.__dataclass_fields__}
        merged = known | self.model_dump(exclude_unset=True)
        return Grants(**{**merged, "role": Role(merged["role"])})


class PasswordReset(BaseModel):
    model_config = example(password="…")  # noqa: S106 - shows the shape only

    password: Password


class AccountRead(BaseModel):
    id: UUID
    username: str
    role: Role
    region_code: str | None
    enterprise_id: UUID | None
    person_id: UUID | None
    active: bool
    created_at: AwareDatetime
    not_before: AwareDatetime | None = Field(description="Tokens issued before this (real) instant are void.")
    password_given: bool = Field(description="Somebody else set its password.")
    password_set_at: AwareDatetime = Field(description="Real time.")
    version: int


class ApiKeyCreate(BaseModel):
    model_config = example(name="feed of the utility", role="feed", region_code="421224", meter_nos=["DEMO-0001"])

    name: Name
    role: Role
    scopes: list[Scope] = Field(default=[], description="Empty: all of the role's.")
    region_code: RegionCode | None = None
    enterprise_id: UUID | None = None
    meter_nos: list[Annotated[str, StringConstraints(min_length=1, max_length=64)]] | None = Field(
        default=None, max_length=10_000, description="Bounds a feed to these meters; null: all of its region."
    )
    expires_at: AwareDatetime | None = Field(default=None, description="Real time.")

    def grants(self) -> KeyGrants:
        return KeyGrants(
            name=self.name,
            role=self.role,
            scopes=frozenset(self.scopes),
            region_code=self.region_code,
            enterprise_id=self.enterprise_id,
            meter_nos=None if self.meter_nos is None else tuple(self.meter_nos),
            expires_at=self.expires_at,
        )


class ApiKeyRead(BaseModel):
    id: UUID
    name: str
    prefix: str = Field(description="First characters of the key, to tell keys apart.")
    role: Role
    scopes: list[str]
    region_code: str | None
    enterprise_id: UUID | None
    meter_nos: list[str] | None
    expires_at: AwareDatetime | None
    revoked_at: AwareDatetime | None
    created_at: AwareDatetime
    last_used_on: date | None = Field(default=None, description="The last day, at whatever service; null: never.")

    @classmethod
    def of(cls, row: ApiKeyRow, last_used_on: date | None) -> "ApiKeyRead":
        return cls.model_validate(facts_of(row) | {"last_used_on": last_used_on})


class ApiKeyIssued(ApiKeyRead):
    key: str = Field(description="Shown this once; send it as X-API-Key.")


def facts_of(row: ApiKeyRow) -> dict[str, Any]:
    """The row's columns under the names of the API."""
    return row.model_dump() | {"id": row.key_id, "prefix": f"dk_{row.prefix}"}
