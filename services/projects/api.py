"""The REST API of the projects service."""

from typing import Any

from fastapi import APIRouter, FastAPI
from pydantic import SecretStr

from libs.common.clock import Clock, SystemClock
from libs.common.database import Database
from libs.common.dead_letters.routes import router as set_aside_events
from libs.common.security.authenticator import build_authenticator
from libs.common.security.envelope import Envelope
from libs.common.security.logout_tokens import LogoutTokens
from libs.common.security.tokens import EmbeddedIssuer
from libs.common.settings import Environment
from libs.common.web.app import Lifespan, create_app
from libs.common.web.audit_records import router as audit_records
from libs.common.web.probes import ReadinessCheck
from libs.common.web.runtime import RequestAuthenticator
from services.projects.approvals import routes as approvals
from services.projects.approvals.service.cases import Approvals
from services.projects.approvals.service.documents import CaseDocuments
from services.projects.assembly import MESSAGES, SERVICE, build_ledger, webhook_guard
from services.projects.bulletins import routes as bulletins
from services.projects.cadences import routes as cadences
from services.projects.conditions.routes import router as conditions_router
from services.projects.contest import routes as contest
from services.projects.documents.routes import router as documents_router
from services.projects.documents.service.documents import Documents
from services.projects.documents.service.owners import DocumentOwners
from services.projects.duties.routes import router as duties_router
from services.projects.economy import routes as economy
from services.projects.environment import routes as environment
from services.projects.environment.service.appeals import Identities
from services.projects.exchange import routes as exchange
from services.projects.gate import routes as gate
from services.projects.gate.service.admission import admit_grant
from services.projects.gate.service.benchmarks import EnergyBenchmarks, FirstOf, OwnBenchmarks
from services.projects.gate.service.documents import ReviewDocuments
from services.projects.identity import routes as identity
from services.projects.identity.credentials import OwnCredentialStore
from services.projects.identity.service.signing import TokenIssuer
from services.projects.innovation import routes as innovation
from services.projects.innovation.service.documents import RecordDocuments, RoundDocuments
from services.projects.instructions import routes as instructions
from services.projects.instructions.domain.instruction import SubjectType
from services.projects.instructions.service.documents import InstructionDocuments
from services.projects.instructions.service.subjects import Subjects, approval_subject
from services.projects.leadership.routes import router as leadership_router
from services.projects.ledger import routes as ledger_routes
from services.projects.ledger.service.documents import ProjectDocuments
from services.projects.lists import routes as lists
from services.projects.lists.service.documents import MemberDocuments
from services.projects.logouts.routes import MAX_BODY as LOGOUT_BODY
from services.projects.logouts.routes import router as logouts_router
from services.projects.meetings import routes as meetings
from services.projects.meetings.service.documents import MeetingDocuments
from services.projects.meetings.service.quiet_days import respect_quiet_days
from services.projects.meetings.service.visits import Visits
from services.projects.oversight.routes import router as oversight_router
from services.projects.parks import routes as parks
from services.projects.platforms import routes as platforms
from services.projects.platforms.service.platforms import PlatformGuard
from services.projects.platforms.service.vendors import Vendors
from services.projects.problems.routes import router as problems_router
from services.projects.problems.service.documents import ProblemDocuments
from services.projects.promotion import routes as promotion
from services.projects.rates.routes import router as rates_router
from services.projects.registry import routes as registry
from services.projects.search import routes as search
from services.projects.settings import ProjectsSettings
from services.projects.support import routes as support
from services.projects.support.service.documents import ApplicationDocuments, NeedDocuments
from services.projects.targets import routes as targets
from services.projects.targets.service.documents import LetterDocuments, TargetDocuments
from services.projects.targets.service.sources import SOURCES
from services.projects.webhooks.routes import router as webhooks_router

# The versions of thirty thousand projects.
BULK_EDIT_BODY = 4 * 2**20
DESCRIPTION = """Registry, ledger, parks, promotion and oversight of investment projects, and who calls.

Sign in at `POST /v1/tokens`, or send an API key as `X-API-Key`. Money is whole yuan, days are those of
Asia/Shanghai, regions are codes of GB/T 2260."""

ROUTERS: tuple[APIRouter, ...] = (
    *identity.ROUTERS,
    logouts_router,
    *registry.ROUTERS,
    *ledger_routes.ROUTERS,
    documents_router,
    *parks.ROUTERS,
    *promotion.ROUTERS,
    *approvals.ROUTERS,
    *gate.ROUTERS,
    *environment.ROUTERS,
    conditions_router,
    oversight_router,
    rates_router,
    duties_router,
    leadership_router,
    problems_router,
    *meetings.ROUTERS,
    *instructions.ROUTERS,
    *cadences.ROUTERS,
    *economy.ROUTERS,
    *targets.ROUTERS,
    *lists.ROUTERS,
    *support.ROUTERS,
    *innovation.ROUTERS,
    *contest.ROUTERS,
    *bulletins.ROUTERS,
    *search.ROUTERS,
    webhooks_router,
    *exchange.ROUTERS,
    audit_records,
    set_aside_events,
)


def build_api(
    *,
    settings: ProjectsSettings,
    database: Database,
    clock: Clock,
    authenticator: RequestAuthenticator,
    tokens: TokenIssuer | None,
    vendors: Vendors | None = None,
    logout_tokens: LogoutTokens | None = None,
    readiness: tuple[ReadinessCheck, ...] = (),
    lifespan: Lifespan | None = None,
) -> FastAPI:
    """The application. Without ``tokens`` another identity provider serves and nobody signs in here.

    ``vendors`` asks the platforms by which people sign in; only the published document does without.
    ``logout_tokens`` reads those of the other identity provider, which ends sign-ins by them.
    """
    embedded = (*identity.EMBEDDED_ISSUER_ROUTERS, *platforms.ROUTERS)
    routers = ROUTERS if tokens is None else (*embedded, *ROUTERS)
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
        body_limits={
            "POST /v1/documents": settings.document_max_bytes,
            "/v1/imports": settings.import_max_bytes,
            "/v1/economy-report-imports": settings.import_max_bytes,
            "/v1/bulk-edits": BULK_EDIT_BODY,
            "/v1/oidc/backchannel-logout": LOGOUT_BODY,
        },
    )
    ledger = app.state.ledger = build_ledger()
    app.state.approvals = Approvals(guards=[admit_grant])
    app.state.benchmarks = FirstOf(EnergyBenchmarks(), OwnBenchmarks())
    # Slices with things that have documents add theirs here.
    owners = DocumentOwners(
        {
            "project": ProjectDocuments(ledger),
            "approval_case": CaseDocuments(app.state.approvals),
            "gate_review": ReviewDocuments(),
            "problem": ProblemDocuments(),
            "meeting": MeetingDocuments(),
            "instruction": InstructionDocuments(),
            "target": TargetDocuments(),
            "target_letter": LetterDocuments(),
            "list_member": MemberDocuments(),
            "support_application": ApplicationDocuments(),
            "financing_need": NeedDocuments(),
            "innovation_record": RecordDocuments(),
            "honour_round": RoundDocuments(),
        }
    )
    app.state.documents = Documents(owners, settings.document_kinds)
    app.state.webhook_guard = webhook_guard(settings)
    app.state.visits = Visits(guards=[respect_quiet_days])
    app.state.instruction_subjects = Subjects({SubjectType.APPROVAL: approval_subject(app.state.approvals)})
    app.state.token_issuer = tokens
    app.state.vendors = vendors
    app.state.logout_tokens = logout_tokens
    app.state.platform_guard = PlatformGuard(
        Envelope(settings.secret_key.get_secret_value()), settings.allowed_hosts()
    )
    app.state.administrators_apart = settings.separate_administrators
    app.state.target_sources = SOURCES
    # Where links in messages lead.
    app.state.console_url = settings.console_url.rstrip("/")
    # Who made an appeal lies sealed under the service's secret.
    app.state.appeal_identities = Identities(settings.envelope())
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
