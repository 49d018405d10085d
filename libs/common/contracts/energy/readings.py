"""Readings on their way from the API to the worker. They never leave the energy service."""

from libs.common.contracts.base import Topic
from libs.common.contracts.energy.owner import OWNER

# Internal: float32 blocks of readings between the API and the worker; no CloudEvents, no other reader.
READINGS = Topic("energy.readings.v1", OWNER, "Blocks of readings, read by the energy worker only")
