"""Loads the parks before the projects that stand in them, and after those who brought them."""

from __future__ import annotations

from collections.abc import Mapping

from deploy.demo.client import DemoClient
from deploy.demo.dataset import parks, promotion
from deploy.demo.dataset.projects import all_projects
from deploy.demo.dataset.registry import COUNTY


async def load_parks(client: DemoClient, units: Mapping[str, str], enterprises: Mapping[str, str]) -> None:
    """Parks and their tenants; who is there already stays."""
    known = await client.known("projects", "/v1/parks", "code")
    for park in parks.PARKS:
        await client.put_park(park, units[park.unit_code], known)
    present = await client.known("projects", "/v1/tenants", "enterprise_id")
    for park_code, credit_code, first in parks.tenants():
        if enterprises[credit_code] not in present:
            await client.move_in(park_code, enterprises[credit_code], first)


async def load_promotion(client: DemoClient, project_ids: Mapping[str, str]) -> None:
    """Investors, who introduced whom, and the projects each one brought."""
    known = await client.known("projects", "/v1/investors", "name")
    ids = {name: str(row["id"]) for name, row in known.items()}
    for name in promotion.INVESTORS:
        if name not in ids:
            ids[name] = await client.create_investor(name, promotion.ZHEJIANG, COUNTY)
    paper = (promotion.REGISTERED_ON, promotion.EVIDENCE)
    for introducer, introduced in promotion.REFERRALS:
        await client.introduce(ids[introducer], ids[introduced], *paper)
    codes = {project.name: project.code for project in all_projects()}
    for one in promotion.PROMOTED:
        introducer_id = None if one.introducer is None else ids[one.introducer]
        await client.put_promotion(project_ids[codes[one.project]], ids[one.investor], introducer_id, *paper)
