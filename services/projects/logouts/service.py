"""A logout token of the site's issuer ends sign-ins here and, by events, in all services."""

from __future__ import annotations

import hashlib
from datetime import datetime, timedelta
from uuid import UUID

from libs.common.context import Context
from libs.common.contracts.projects import AccountRevokedV1, SessionEndedV1
from libs.common.outbox.record import record_event
from libs.common.security.audit import audit
from libs.common.security.claims import holder_of, session_of
from libs.common.security.logout_tokens import LogoutToken, LogoutTokenRefused
from services.projects.identity.real_time import real_now
from services.projects.logouts import repository
from services.projects.logouts.tables import EndedIssuerSessionRow

# How long the issuer's tokens live is the issuer's to say. No access token lives for a quarter of a year, and an
# ended sign-in gets no new ones.
_REMEMBERED_FOR = timedelta(days=90)
# Issuers write whole seconds: a token of the second of the logout may be older than it.
_SECOND = timedelta(seconds=1)


async def end(ctx: Context, told: LogoutToken) -> None:
    """End the sign-in that the token names, or all of its subject; unknown ones too: none is listed here.

    Tokens that do not say which sign-in they are of end with any of their subject. Raises LogoutTokenRefused for
    a token that was used before.
    """
    if not await repository.use_token(ctx.session, hashlib.sha256(told.jti.encode()).hexdigest(), told.forget_at):
        raise LogoutTokenRefused("jti: this logout token was used before")
    # By the issuer's clock, which is that of its tokens.
    not_before = told.issued_at.replace(microsecond=0) + _SECOND
    if told.sid is not None:
        await _end_session(ctx, session_of(told.issuer, told.sid), told.sub, told.issuer)
    elif told.sub is not None:
        await _revoke(ctx, holder_of(told.issuer, told.sub, in_session=True), not_before)
    if told.sub is not None:
        await _revoke(ctx, holder_of(told.issuer, told.sub, in_session=False), not_before)
    ended = "" if told.sid is None else str(session_of(told.issuer, told.sid))
    detail = {"told_by": told.issuer, "subject": None if told.sub is None else f"{told.issuer}|{told.sub}"}
    await audit(ctx, "sign_out", "sessions", ended, detail)


async def _end_session(ctx: Context, session_id: UUID, sub: str | None, issuer: str) -> None:
    now = real_now()
    row = EndedIssuerSessionRow(session_id=session_id, ended_at=now, not_after=now + _REMEMBERED_FOR)
    if not await repository.end_session(ctx.session, row):
        return
    # The contract names an account; here it is who stands for the subject, if the issuer named one.
    holder = session_id if sub is None else holder_of(issuer, sub, in_session=True)
    payload = SessionEndedV1(session_id=session_id, account_id=holder, not_after=row.not_after)
    await record_event(ctx, payload, subject=str(session_id), aggregate_version=1, region_code=None)


async def _revoke(ctx: Context, holder_id: UUID, not_before: datetime) -> None:
    revocations = await repository.revoke(ctx.session, holder_id, not_before)
    if revocations is None:
        return
    payload = AccountRevokedV1(account_id=holder_id, not_before=not_before)
    await record_event(ctx, payload, subject=str(holder_id), aggregate_version=revocations, region_code=None)
