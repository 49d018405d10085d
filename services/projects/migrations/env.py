"""Alembic's entry: the connection comes from libs.common.database.migrate."""
# ruff: noqa: F401 - the imports fill the metadata

import libs.common.inbox.tables
import libs.common.outbox.tables
import libs.common.registry.tables
import libs.common.scheduler.tables
import libs.common.security.tables
import libs.common.web.tables
import services.projects.approvals.tables
import services.projects.bulletins.tables
import services.projects.cadences.tables
import services.projects.conditions.tables
import services.projects.contest.tables
import services.projects.documents.tables
import services.projects.duties.tables
import services.projects.economy.tables.reports
import services.projects.economy.tables.rules
import services.projects.environment.tables.appeals
import services.projects.environment.tables.cases
import services.projects.environment.tables.inspections
import services.projects.environment.tables.rules
import services.projects.exchange.tables
import services.projects.gate.tables
import services.projects.identity.tables
import services.projects.innovation.tables
import services.projects.instructions.tables
import services.projects.leadership.tables
import services.projects.ledger.tables
import services.projects.lists.tables
import services.projects.logouts.tables
import services.projects.meetings.tables
import services.projects.oversight.tables
import services.projects.parks.tables
import services.projects.platforms.tables
import services.projects.problems.tables
import services.projects.promotion.tables
import services.projects.registry.tables
import services.projects.search.tables
import services.projects.search_index.tables
import services.projects.support.tables
import services.projects.targets.tables
import services.projects.webhooks.tables
from libs.common.database import COMMON_METADATA, run_alembic_env
from services.projects.database import METADATA

run_alembic_env([METADATA, COMMON_METADATA])
