"""Tables of sign-ins that the site's issuer ended. They are its issuer's time and ours: real time throughout."""

from datetime import datetime
from uuid import UUID

from sqlmodel import Field

from libs.common.database import UtcDateTime
from services.projects.database import ProjectsTable


class EndedIssuerSessionRow(ProjectsTable, table=True):
    """A sign-in at the issuer that is over; ``session_id`` is made of its ``sid``. Kept until ``not_after``."""

    __tablename__ = "ended_issuer_session"

    session_id: UUID = Field(primary_key=True)
    ended_at: datetime = Field(sa_type=UtcDateTime)
    not_after: datetime = Field(sa_type=UtcDateTime, index=True)


class IssuerRevocationRow(ProjectsTable, table=True):
    """Tokens of the holder issued before ``not_before`` are void; ``revocations`` counts its events."""

    __tablename__ = "issuer_revocation"

    holder_id: UUID = Field(primary_key=True)
    not_before: datetime = Field(sa_type=UtcDateTime)
    revocations: int


class UsedLogoutTokenRow(ProjectsTable, table=True):
    """A logout token that was taken, by the SHA-256 of its ``jti``; after ``forget_at`` it has run out anyway."""

    __tablename__ = "used_logout_token"

    jti_hash: str = Field(primary_key=True)
    forget_at: datetime = Field(sa_type=UtcDateTime, index=True)
