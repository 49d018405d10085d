"""Rosters, swaps and stand-ins over HTTP."""

from fastapi import APIRouter

from services.alerts.rosters.routes.rosters import router as rosters
from services.alerts.rosters.routes.shifts import router as shifts
from services.alerts.rosters.routes.stand_ins import router as stand_ins
from services.alerts.rosters.routes.swaps import router as swaps

ROUTERS: tuple[APIRouter, ...] = (rosters, shifts, swaps, stand_ins)
