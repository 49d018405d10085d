"""Alembic's entry: the connection comes from libs.common.database.migrate."""
# ruff: noqa: F401 - the imports fill the metadata

import libs.common.inbox.tables
import libs.common.outbox.tables
import libs.common.registry.tables
import libs.common.scheduler.tables
import libs.common.security.tables
import libs.common.web.tables
import services.alerts.accountability.tables
import services.alerts.alertmanager.tables
import services.alerts.escalation.tables
import services.alerts.exchange.tables
import services.alerts.grouping.tables
import services.alerts.muting.tables
import services.alerts.notices.tables
import services.alerts.notifications.tables
import services.alerts.notifications.way_tables
import services.alerts.rosters.tables
import services.alerts.routing.tables
import services.alerts.seals.tables
import services.alerts.storms.tables
import services.alerts.trail.tables
import services.alerts.warnings.tables
import services.alerts.watch.tables
import services.alerts.worktime.tables
from libs.common.database import COMMON_METADATA, run_alembic_env
from services.alerts.database import METADATA

run_alembic_env([METADATA, COMMON_METADATA])
