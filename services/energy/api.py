"""The REST API of the energy service."""

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
from services.energy.activations.routes import ROUTERS as ACTIVATIONS
from services.energy.backtests.routes import router as backtests_router
from services.energy.balance.routes import router as balance_router
from services.energy.curtailment.routes import IMPORT_PATHS as CURTAILMENT_IMPORTS
from services.energy.curtailment.routes import ROUTERS as CURTAILMENT
from services.energy.curves.routes import router as curves_router
from services.energy.detection.routes import router as detection_router
from services.energy.efficiency.routes import IMPORT_PATH as EFFICIENCY_IMPORT
from services.energy.efficiency.routes import ROUTERS as EFFICIENCY
from services.energy.expected.routes import router as expected_router
from services.energy.feedback.routes import router as feedback_router
from services.energy.feeds.routes import ROUTERS as FEEDS
from services.energy.feeds.service import Door
from services.energy.forecast.routes import ROUTERS as FORECASTS
from services.energy.forecast.routes.temperatures import IMPORT_PATH as TEMPERATURES_PATH
from services.energy.forecast.service import latest_forecast
from services.energy.generation.contribution import generation_beside, plants_on_node
from services.energy.generation.routes import IMPORT_PATHS as GENERATION_IMPORTS
from services.energy.generation.routes import ROUTERS as GENERATION
from services.energy.grid.routes import IMPORT_PATHS as GRID_IMPORT_PATHS
from services.energy.grid.routes import ROUTERS as GRID
from services.energy.key_users.routes import UPLOAD_PATH, uploads
from services.energy.key_users.routes import router as key_users_router
from services.energy.key_users.secrecy import DeviceKeys
from services.energy.metering.routes import router as metering_router
from services.energy.meters.routes import ROUTERS as METERS
from services.energy.openadr.routes import router as openadr_router
from services.energy.outages.routes import router as outages_router
from services.energy.phase_out.routes import BODY_LIMITS as PHASE_OUT_LIMITS
from services.energy.phase_out.routes import ROUTERS as PHASE_OUT
from services.energy.power_factor.routes import router as power_factor_router
from services.energy.quotas.routes import router as quotas_router
from services.energy.region_months.routes import router as region_months_router
from services.energy.registers.routes import router as registers_router
from services.energy.settings import EnergySettings
from services.energy.settlements.routes import router as settlements_router
from services.energy.situations.routes import router as situations_router
from services.energy.sources.routes import router as sources_router
from services.energy.sources.service import Site
from services.energy.utility.routes import IMPORT_PATHS
from services.energy.utility.routes import router as utility_router
from services.energy.vee.routes import router as vee_router
from services.energy.virtual.routes import router as virtual_router

SERVICE = "energy"
MESSAGES = Path(__file__).parent / "messages"
DESCRIPTION = """Meters, feeds, load curves and what is detected on them.

Power is kW, energy kWh. A curve's first value belongs to the slot that starts at 00:00 of the meter's standard
time; a missing value is null, never 0."""

ROUTERS: tuple[APIRouter, ...] = (
    *METERS,
    metering_router,
    registers_router,
    outages_router,
    utility_router,
    quotas_router,
    virtual_router,
    curves_router,
    vee_router,
    *FEEDS,
    sources_router,
    detection_router,
    backtests_router,
    feedback_router,
    expected_router,
    power_factor_router,
    region_months_router,
    *PHASE_OUT,
    *GENERATION,
    *EFFICIENCY,
    key_users_router,
    uploads,
    *ACTIVATIONS,
    settlements_router,
    openadr_router,
    *FORECASTS,
    situations_router,
    *GRID,
    balance_router,
    *CURTAILMENT,
    audit_records,
    set_aside_events,
)
_IMPORT_BYTES = 16 * 2**20
_DELIVERY_PATHS = ("/v1/readings", "/v1/curves", "/v1/files", UPLOAD_PATH)


def build_api(
    *,
    settings: EnergySettings,
    database: Database,
    clock: Clock,
    authenticator: RequestAuthenticator,
    door: Door | None,
    readiness: tuple[ReadinessCheck, ...] = (),
    lifespan: Lifespan | None = None,
) -> FastAPI:
    """The application; ``door`` is what the feed's routes hand their bodies to."""
    app = create_app(
        title="Duban energy",
        description=DESCRIPTION,
        settings=settings,
        database=database,
        clock=clock,
        authenticator=authenticator,
        routers=ROUTERS,
        messages=[MESSAGES],
        readiness=readiness,
        lifespan=lifespan,
        body_limits={
            **dict.fromkeys(_DELIVERY_PATHS, settings.max_body_bytes),
            "POST /v1/meters/imports": _IMPORT_BYTES,
            **dict.fromkeys(IMPORT_PATHS, _IMPORT_BYTES),
            **dict.fromkeys(GENERATION_IMPORTS, _IMPORT_BYTES),
            **PHASE_OUT_LIMITS,
            TEMPERATURES_PATH: _IMPORT_BYTES,
            **dict.fromkeys(GRID_IMPORT_PATHS, _IMPORT_BYTES),
            EFFICIENCY_IMPORT: _IMPORT_BYTES,
            **dict.fromkeys(CURTAILMENT_IMPORTS, _IMPORT_BYTES),
        },
    )
    app.state.door = door
    app.state.load_forecast = latest_forecast
    app.state.grid_generation = generation_beside
    app.state.plants_on_node = plants_on_node
    app.state.feed_site = feed_site(settings)
    app.state.device_keys = DeviceKeys(settings.secret_key.get_secret_value())
    app.state.meters_changed = _nobody_cares if door is None else door.expect_changes
    return app


def feed_site(settings: EnergySettings) -> Site:
    """What feeds that are fetched may reach on this site."""
    envelope = settings.envelope()
    return Site(settings.feed_folder_root, settings.feed_allowed_hosts, envelope)


def _nobody_cares() -> None:
    """Where no deliveries are taken, nobody holds meters in memory."""


def openapi_document() -> dict[str, Any]:
    """The published contract; nothing is connected to."""
    settings = EnergySettings(
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
        authenticator=build_authenticator(settings, ReplicaCredentialStore(database), service=SERVICE),
        door=None,
    )
    return app.openapi()
