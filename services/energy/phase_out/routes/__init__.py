"""Routes of phase-out."""

from services.energy.phase_out.routes import acts, cases, evidence, plans, standards

# Literal paths before those with an id in their place.
ROUTERS = (standards.router, cases.router, plans.router, evidence.router, acts.router)
BODY_LIMITS = cases.BODY_LIMITS | evidence.BODY_LIMITS
