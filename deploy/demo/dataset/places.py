"""Where the demo's projects stand: made up around the towns, so that a map of them looks like the county."""

from __future__ import annotations

import random

from deploy.demo.dataset.records import Project

# Latitude and longitude (WGS 84) of the towns' places, to a few hundredths of a degree.
_TOWNS = {
    "421224100": (29.60, 114.49),
    "421224101": (29.67, 114.38),
    "421224102": (29.77, 114.52),
    "421224103": (29.52, 114.40),
    "421224104": (29.43, 114.60),
    "421224105": (29.46, 114.50),
    "421224106": (29.56, 114.83),
    "421224107": (29.62, 114.65),
    "421224200": (29.56, 114.56),
    "421224201": (29.50, 114.28),
    "421224202": (29.63, 114.76),
    "421224203": (29.70, 114.74),
}
_SCATTER = 0.035


def place_of(project: Project) -> dict[str, str] | None:
    """A location as the API takes it; None outside of the county's towns, whose places no text names."""
    town = _TOWNS.get(project.region_code)
    if town is None:
        return None
    rng = random.Random(project.code)  # noqa: S311 - the same place after every loading, no secret
    latitude, longitude = (round(at + rng.uniform(-_SCATTER, _SCATTER), 4) for at in town)
    return {"latitude": str(latitude), "longitude": str(longitude), "system": "wgs84"}
