"""The REST API of the alerts service."""

from pathlib import Path
from typing import Any

from fastapi import APIRouter, FastAPI
from pydantic import SecretStr

from libs.common.clock import Clock, SystemClock
from libs.common.database import Database
from libs.common.dead_letters.routes import router as set_aside_events
from libs.common.registry.credentials import ReplicaCredentialStore
from libs.common.security.authenticator import build_authenticator
from libs.common.settings import Environment
from libs.common.web.app import Lifespan, create_app
from libs.common.web.audit_records import router as audit_records
from libs.common.web.probes import ReadinessCheck
from libs.common.web.runtime import RequestAuthenticator
from services.alerts.accountability.routes import router as accountability
from services.alerts.alertmanager.inbox import Inbox
from services.alerts.alertmanager.options import InterfaceOptions, show_version
from services.alerts.alertmanager.routes import router as alertmanager
from services.alerts.answers.routes import router as answers
from services.alerts.escalation.routes import router as policies
from services.alerts.exchange.routes import router as exchange
from services.alerts.grouping.routes import router as routing
from services.alerts.handovers.routes import router as handovers
from services.alerts.muting.routes import router as muting
from services.alerts.notices.routes import router as notices
from services.alerts.notifications.addresses import ChannelGuard
from services.alerts.notifications.gateway_routes import router as gateways
from services.alerts.notifications.links import derived
from services.alerts.notifications.push_routes import router as push
from services.alerts.notifications.routes import router as notifications
from services.alerts.notifications.way_routes import router as ways
from services.alerts.rosters.routes import ROUTERS as ROSTERS
from services.alerts.seals.routes import router as trail
from services.alerts.settings import AlertsSettings
from services.alerts.streams.hub import AlertHub
from services.alerts.streams.routes import router as streams
from services.alerts.warnings.routes import ROUTERS as WARNINGS
from services.alerts.watch.routes import router as findings
from services.alerts.worktime.routes import router as office_hours

SERVICE = "alerts"
_HERE = Path(__file__).parent
# The slices' own catalogues beside that of the service; words of alerts and mails are none.
MESSAGES = (
    _HERE / "messages",
    *(_HERE / slice_name / "messages" for slice_name in ("rosters", "handovers", "worktime")),
)
DESCRIPTION = """Alerts, their rules, their escalation and what is sent to people and systems.

A change of an alert is in `GET /v1/alerts/changes`, on `GET /v1/alerts/stream` and on Kafka
(`alerts.alert.v1`), always with the same body.

A message to one person carries a one-time link, `/r/{token}`: a page that any phone shows without signing in.
Opening it changes nothing; its two buttons say "read" and "acknowledged" in the person's name."""

# The stream first: "/v1/alerts/stream" would else be read as an alert's id.
ROUTERS: tuple[APIRouter, ...] = (
    streams,
    *WARNINGS,
    notifications,
    gateways,
    ways,
    push,
    answers,
    policies,
    *ROSTERS,
    handovers,
    office_hours,
    findings,
    trail,
    exchange,
    accountability,
    notices,
    muting,
    routing,
    audit_records,
    set_aside_events,
    alertmanager,
)
# A Prometheus sends what it has in bodies as large as its queue is long.
BODY_LIMITS = {"/api/v2/alerts": 32 * 2**20}


def build_api(
    *,
    settings: AlertsSettings,
    database: Database,
    clock: Clock,
    authenticator: RequestAuthenticator,
    hub: AlertHub,
    readiness: tuple[ReadinessCheck, ...] = (),
    lifespan: Lifespan | None = None,
) -> FastAPI:
    """The application; whoever builds `hub` runs it."""
    app = create_app(
        title="Duban alerts",
        description=DESCRIPTION,
        settings=settings,
        database=database,
        clock=clock,
        authenticator=authenticator,
        routers=ROUTERS,
        messages=MESSAGES,
        readiness=readiness,
        lifespan=lifespan,
        body_limits=BODY_LIMITS,
    )
    app.state.alertmanager = InterfaceOptions(
        started_at=clock.now(), region_code=settings.alertmanager_region, version=settings.alertmanager_version
    )
    show_version(settings.alertmanager_version)
    app.state.alertmanager_inbox = Inbox(database)
    app.state.alert_hub = hub
    app.state.channel_guard = ChannelGuard(
        settings.envelope(),
        settings.allowed_hosts(),
        frozenset(settings.apprise_schemes),
    )
    app.state.notice_links = settings.notice_links()
    app.state.seal_key = settings.seal_key()
    app.state.vapid_public_key = settings.vapid_key().public
    app.state.console_url = settings.console_url.rstrip("/")
    app.state.report_key = derived(settings.secret_key.get_secret_value(), "gateway reports v1")
    return app


def openapi_document() -> dict[str, Any]:
    """The published contract; nothing is connected to."""
    settings = AlertsSettings(
        environment=Environment.LOCAL,
        database_dsn=SecretStr("postgresql://nobody@127.0.0.1/none"),
        kafka_bootstrap="127.0.0.1:9",
        oidc_issuer=None,
    )
    database = Database(settings.dsn)
    authenticator = build_authenticator(settings, ReplicaCredentialStore(database), service=SERVICE)
    app = build_api(
        settings=settings,
        database=database,
        clock=SystemClock(),
        authenticator=authenticator,
        hub=AlertHub(database),
    )
    return app.openapi()
