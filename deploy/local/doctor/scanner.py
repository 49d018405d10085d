"""The site's malware scanner, as the services that ask it tell."""

import httpx

from deploy.local import layout
from deploy.local.doctor.findings import Finding, State, unknown
from deploy.local.doctor.site import Site

_ASKING = {"projects": layout.PROJECTS, "energy": layout.ENERGY}


async def check_scanner(site: Site) -> list[Finding]:
    """Whether it answers those who take files. A site without one is told so: files are kept unlooked at."""
    if not site.runs or not site.settings.services:
        return []
    found = []
    async with httpx.AsyncClient(timeout=5, trust_env=False) as client:
        for service, offset in _ASKING.items():
            try:
                answer = await client.get(f"http://127.0.0.1:{site.settings.port(offset)}/readyz")
                checks = answer.json()["checks"]
            except (httpx.HTTPError, ValueError, KeyError) as error:
                found.append(unknown("scanner.silent", f"{service}: {type(error).__name__}"))
                continue
            found.append(judged(service, checks.get("scanner")))
    return found


def judged(service: str, told: str | None) -> Finding:
    """What a service's readiness tells of it: ``ok``, what failed, or nothing where nobody is asked."""
    if told is None:
        return Finding("scanner.none", State.OK, {"service": service})
    state = State.OK if told == "ok" else State.BAD
    return Finding("scanner.silent", state, {"service": service, "reason": told})
