"""Alerts and their rules over HTTP."""

from fastapi import APIRouter

from services.alerts.warnings.routes.alerts import router as alerts
from services.alerts.warnings.routes.life import router as life
from services.alerts.warnings.routes.relations import router as relations
from services.alerts.warnings.routes.rule_tests import router as rule_tests
from services.alerts.warnings.routes.rules import router as rules
from services.alerts.warnings.routes.verification import router as verification

# Literal paths first: "/v1/alert-rules/test" would else be read as a rule's code.
ROUTERS: tuple[APIRouter, ...] = (life, alerts, relations, rule_tests, rules, verification)
