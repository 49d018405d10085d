"""Alembic's entry: the connection comes from libs.common.database.migrate."""

from libs.common.database import run_alembic_env
from services.energy.database import METADATA

run_alembic_env(METADATA)
