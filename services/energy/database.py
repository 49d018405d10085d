"""All tables of this service's database, for migrations and their check."""
# ruff: noqa: F401 - the imports fill the metadata

import libs.common.inbox.tables
import libs.common.outbox.tables
import libs.common.registry.tables
import libs.common.scheduler.tables
import libs.common.security.tables
import libs.common.web.tables
import services.energy.activations.tables
import services.energy.backtests.tables
import services.energy.balance.tables
import services.energy.curtailment.tables
import services.energy.detection.tables
import services.energy.efficiency.tables
import services.energy.expected.tables
import services.energy.feedback.tables
import services.energy.feeds.tables
import services.energy.forecast.tables
import services.energy.generation.day_tables
import services.energy.generation.tables
import services.energy.grid.tables
import services.energy.key_users.tables
import services.energy.metering.snapshot_tables
import services.energy.metering.tables
import services.energy.outages.tables
import services.energy.phase_out.act_tables
import services.energy.phase_out.tables
import services.energy.power_factor.tables
import services.energy.probes.tables
import services.energy.quotas.tables
import services.energy.region_months.tables
import services.energy.registers.tables
import services.energy.rollups.tables
import services.energy.settlements.tables
import services.energy.situations.tables
import services.energy.vee.tables
import services.energy.virtual.tables
from libs.common.database import COMMON_METADATA
from libs.common.inbox.fenced_tables import FENCED_METADATA
from services.energy.tables import ENERGY_METADATA

METADATA = (ENERGY_METADATA, COMMON_METADATA, FENCED_METADATA)
