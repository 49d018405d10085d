"""Tables of identity. Passwords rest as Argon2 hashes, API keys as SHA-256, private keys sealed."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, Column, Text
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlmodel import Field

from libs.common.database import UtcDateTime
from services.projects.database import ProjectsTable, VersionedTable


class AccountRow(VersionedTable, table=True):
    """``not_before``: tokens issued earlier are void; ``revocations`` counts its events. Real time.

    ``password_given``: somebody else set the password; ``password_set_at`` says when it was set.
    """

    __tablename__ = "account"

    id: UUID = Field(primary_key=True)
    username: str = Field(unique=True)
    password_hash: str
    role: str
    region_code: str | None = None
    enterprise_id: UUID | None = None
    person_id: UUID | None = None
    active: bool
    created_at: datetime = Field(sa_type=UtcDateTime)
    not_before: datetime | None = Field(default=None, sa_type=UtcDateTime)
    revocations: int = 0
    password_given: bool = False
    password_set_at: datetime = Field(sa_type=UtcDateTime)


class PasswordHistoryRow(ProjectsTable, table=True):
    """A password that was replaced, as it rested. Real time."""

    __tablename__ = "password_history"

    account_id: UUID = Field(primary_key=True, foreign_key="account.id")
    replaced_at: datetime = Field(primary_key=True, sa_type=UtcDateTime)
    password_hash: str


class SignInAttemptsRow(ProjectsTable, table=True):
    """Attempts under a name, whether or not there is such an account. Real time."""

    __tablename__ = "sign_in_attempts"

    username: str = Field(primary_key=True)
    count: int
    since: datetime = Field(sa_type=UtcDateTime, index=True)
    locked_until: datetime | None = Field(default=None, sa_type=UtcDateTime)


class SignInAddressRow(ProjectsTable, table=True):
    """Attempts from an address that have not succeeded, whatever the names. Real time."""

    __tablename__ = "sign_in_address"

    address: str = Field(primary_key=True)
    count: int
    since: datetime = Field(sa_type=UtcDateTime, index=True)
    locked_until: datetime | None = Field(default=None, sa_type=UtcDateTime)


class SignInPlaceRow(ProjectsTable, table=True):
    """A place at which a name has signed in, and the attempts there that have not succeeded since. Real time."""

    __tablename__ = "sign_in_place"

    username: str = Field(primary_key=True)
    place: str = Field(primary_key=True)
    signed_in_at: datetime = Field(sa_type=UtcDateTime, index=True)
    count: int
    since: datetime = Field(sa_type=UtcDateTime)
    locked_until: datetime | None = Field(default=None, sa_type=UtcDateTime)


class CallerRefusalsRow(ProjectsTable, table=True):
    """How often all services refused a caller or an address (401, 403, 404) within a minute of real time.

    ``caller`` is the subject of an account or key, or ``address`` and one.
    """

    __tablename__ = "caller_refusals"

    caller: str = Field(primary_key=True)
    minute: datetime = Field(primary_key=True, sa_type=UtcDateTime, index=True)
    count: int


class SignInPolicyRow(VersionedTable, table=True):
    """One row: when a name is locked, how long tokens and sign-ins live (seconds of real time), who needs a code.

    A sign-in ends ``session_seconds`` after it began, or when for ``idle_seconds`` no token was renewed. Without
    ``second_factor_roles`` the environment decides: administrators outside of a local run; so it does without
    ``change_given_passwords``: outside of a local run. ``password_days`` is empty where passwords do not run out.
    """

    __tablename__ = "sign_in_policy"
    __table_args__ = (
        CheckConstraint("id = 1", name="single_row"),
        CheckConstraint(
            "max_failures > 0 AND window_seconds > 0 AND lock_seconds > 0 AND token_seconds > 0"
            " AND idle_seconds > 0 AND session_seconds > 0",
            name="positive",
        ),
        CheckConstraint(
            "password_min_length BETWEEN 8 AND 64 AND password_history BETWEEN 0 AND 24 AND password_days > 0"
            " AND max_address_failures > 0 AND alarm_locked_names > 0",
            name="passwords",
        ),
        CheckConstraint("known_place_days BETWEEN 0 AND 3650", name="places"),
        CheckConstraint("alarm_refusals > 0 AND alarm_refusals_seconds BETWEEN 60 AND 86400", name="refusals"),
    )

    id: int = Field(primary_key=True)
    max_failures: int
    window_seconds: int
    lock_seconds: int
    token_seconds: int
    idle_seconds: int
    session_seconds: int
    second_factor_roles: list[str] | None = Field(default=None, sa_column=Column(ARRAY(Text), nullable=True))
    password_min_length: int
    password_history: int
    password_days: int | None = None
    change_given_passwords: bool | None = None
    max_address_failures: int
    alarm_locked_names: int
    known_place_days: int
    alarm_refusals: int
    alarm_refusals_seconds: int


class SignInSessionRow(ProjectsTable, table=True):
    """A sign-in: what renews its tokens rests as SHA-256, the one before with it. Real time throughout.

    ``client`` is what the program that signed in says it is. ``ended_at`` is empty while it goes on; one that was
    left to run out has none either.
    """

    __tablename__ = "sign_in_session"

    id: UUID = Field(primary_key=True)
    account_id: UUID = Field(foreign_key="account.id", index=True)
    client: str
    began_at: datetime = Field(sa_type=UtcDateTime)
    renewed_at: datetime = Field(sa_type=UtcDateTime)
    expires_at: datetime = Field(sa_type=UtcDateTime, index=True)
    token_hash: str
    previous_hash: str | None = None
    ended_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    ended_by: str | None = None


class SecondFactorRow(ProjectsTable, table=True):
    """A TOTP secret (RFC 6238), sealed, and the hashes of the codes that replace a lost device, each good once.

    It is asked for from when a first code confirmed it; ``counter`` is that of the last code, which is not good
    again. Real time.
    """

    __tablename__ = "second_factor"

    account_id: UUID = Field(primary_key=True, foreign_key="account.id")
    sealed_secret: str = Field(sa_type=Text)
    created_at: datetime = Field(sa_type=UtcDateTime)
    confirmed_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    counter: int = 0
    recovery_hashes: list[str] = Field(sa_column=Column(ARRAY(Text), nullable=False))


class SigningKeyRow(VersionedTable, table=True):
    """A key of the embedded issuer; ``sealed_private_jwk`` opens with the settings' secret key only."""

    __tablename__ = "signing_key"

    kid: str = Field(primary_key=True)
    public_jwk: dict[str, str] = Field(sa_column=Column(JSONB, nullable=False))
    sealed_private_jwk: str = Field(sa_type=Text)
    created_at: datetime = Field(sa_type=UtcDateTime)
    not_after: datetime | None = Field(default=None, sa_type=UtcDateTime)


class ApiKeyRow(VersionedTable, table=True):
    """A machine's key; the key itself was shown once and is nowhere."""

    __tablename__ = "api_key"

    key_id: UUID = Field(primary_key=True)
    name: str
    prefix: str
    key_hash: str = Field(unique=True)
    role: str
    scopes: list[str] = Field(sa_column=Column(ARRAY(Text), nullable=False))
    region_code: str | None = None
    enterprise_id: UUID | None = None
    meter_nos: list[str] | None = Field(default=None, sa_column=Column(ARRAY(Text), nullable=True))
    expires_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    revoked_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    created_at: datetime = Field(sa_type=UtcDateTime)
    created_by: str
