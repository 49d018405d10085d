"""Answers kept for requests that carry an Idempotency-Key, in every service's database."""

from datetime import datetime

from sqlalchemy import JSON, Column, LargeBinary
from sqlmodel import Field

from libs.common.database import CommonTable, UtcDateTime


class IdempotencyRow(CommonTable, table=True):
    """One request that was carried out.

    ``fingerprint`` is the SHA-256 of caller, method, path and key; ``request_hash`` that of query and body.
    ``body`` is null where the answer must not be kept (it held a secret). ``kept_at`` is real time.
    """

    __tablename__ = "idempotency_key"

    fingerprint: bytes = Field(sa_column=Column(LargeBinary, primary_key=True))
    request_hash: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    subject: str
    method: str
    path: str
    status: int
    headers: list[list[str]] = Field(sa_column=Column(JSON, nullable=False))
    body: bytes | None = Field(default=None, sa_column=Column(LargeBinary, nullable=True))
    kept_at: datetime = Field(sa_type=UtcDateTime, index=True)
