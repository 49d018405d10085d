"""``/v1/meters``: the register of meters, written; reading single ones and lists is the metering slice's."""

from fastapi import APIRouter

from services.energy.meters.routes import changing, devices, imports, reading

ROUTERS: tuple[APIRouter, ...] = (reading.router, imports.router, changing.router, devices.router)
