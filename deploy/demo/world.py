"""The demo's meters and their curves under one seed: what loader and feed must agree on."""

from __future__ import annotations

from deploy.demo.dataset import enterprises
from deploy.demo.dataset.records import Meter
from deploy.demo.synth.generator import CurveGenerator

SEED = 20260915
# Named in every body the demo sends.
SOURCE = "demo-synthetic"

METERS: tuple[Meter, ...] = enterprises.ALL_METERS


def curves() -> CurveGenerator:
    """The generator of all meters' curves, history and live feed alike."""
    return CurveGenerator(enterprises.loads(), seed=SEED)
