"""The REST API of the projects service."""

from pathlib import Path
from typing import Any

from fastapi import APIRouter, FastAPI
from pydantic import SecretStr

from libs.common.clock import Clock, SystemClock
from libs.common.database import Database
from libs.common.security.authenticator import build_authenticator
from libs.common.security.envelope import Envelope
from libs.common.security.tokens import EmbeddedIssuer
from libs.common.settings import Environment
from libs.common.web.app import Lifespan, create_app
from libs.common.web.probes import ReadinessCheck
from libs.common.web.runtime import RequestAuthenticator
from services.projects.conditions.routes import router as conditions_router
from services.projects.exchange import routes as exchange
from services.projects.identity import routes as identity
from services.projects.identity.credentials import OwnCredentialStore
from services.projects.identity.service.signing import TokenIssuer
from services.projects.ledger import routes as ledger
from services.projects.ledger.service.ledger import Ledger
from services.projects.oversight.routes import router as oversight_router
from services.projects.oversight.service import settle_project, settle_projects
from services.projects.registry import routes as registry
from services.projects.settings import ProjectsSettings

SERVICE = "projects"
# The versions of thirty thousand projects.
BULK_EDIT_BODY = 4 * 2**20
# The service's own texts, and those of the slices that keep theirs beside their rules.
MESSAGES = tuple(sorted(path.parent for path in Path(__file__).parent.rglob("messages/en.json")))
DESCRIPTION = """Registry, ledger and oversight of investment projects, and the identity of all callers.

Sign in at `POST /v1/tokens`, or send an API key as `X-API-Key`. Money is whole yuan, days are those of
Asia/Shanghai, regions are codes of GB/T 2260."""

ROUTERS: tuple[APIRouter, ...] = (
    *identity.ROUTERS,
    *registry.ROUTERS,
    *ledger.ROUTERS,
    conditions_router,
    oversight_router,
    *exchange.ROUTERS,
)


def build_ledger() -> Ledger:
    """The ledger of requests and imports: oversight sees every project it stores, in the same transaction."""
    return Ledger(watchers=[settle_project], in_bulk={settle_project: settle_projects})


def build_api(
    *,
    settings: ProjectsSettings,
    database: Database,
    clock: Clock,
    authenticator: RequestAuthenticator,
    tokens: TokenIssuer | None,
    readiness: tuple[ReadinessCheck, ...] = (),
    lifespan: Lifespan | None = None,
) -> FastAPI:
    """The application. Without ``tokens`` another identity provider serves and nobody signs in here."""
    routers = ROUTERS if tokens is None else (*identity.EMBEDDED_ISSUER_ROUTERS, *ROUTERS)
    app = create_app(
        title="Duban projects",
        description=DESCRIPTION,
        settings=settings,
        database=database,
        clock=clock,
        authenticator=authenticator,
        routers=routers,
        messages=MESSAGES,
        readiness=readiness,
        lifespan=lifespan,
        body_limits={"/v1/imports": settings.import_max_bytes, "/v1/bulk-edits": BULK_EDIT_BODY},
    )
    app.state.ledger = build_ledger()
    app.state.token_issuer = tokens
    return app


def openapi_document() -> dict[str, Any]:
    """The published contract; nothing is connected to."""
    settings = ProjectsSettings(
        environment=Environment.LOCAL,
        database_dsn=SecretStr("postgresql://nobody@127.0.0.1/none"),
        kafka_bootstrap="127.0.0.1:9",
        oidc_issuer=None,
    )
    database = Database(settings.dsn)
    app = build_api(
        settings=settings,
        database=database,
        clock=SystemClock(),
        authenticator=build_authenticator(settings, OwnCredentialStore(database), service=SERVICE),
        tokens=TokenIssuer(EmbeddedIssuer(settings.projects_url, settings.oidc_audience), Envelope("unused")),
    )
    return app.openapi()
