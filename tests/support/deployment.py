"""What the ways of deploying are compared with: the settings that the code reads, and the containers' file."""

import importlib
from pathlib import Path
from typing import Any

import yaml
from pydantic_settings import BaseSettings

from deploy.local.processes import CONSOLE, DATABASES

ROOT = Path(__file__).parents[2]
SERVICES = (*DATABASES, CONSOLE)
COMPOSE_TEXT = (ROOT / "docker-compose.yml").read_text(encoding="utf-8")
COMPOSE: dict[str, Any] = yaml.safe_load(COMPOSE_TEXT)
CONTAINERS: dict[str, dict[str, Any]] = COMPOSE["services"]
DOCKERFILE = (ROOT / "deploy/images/Dockerfile").read_text(encoding="utf-8")
EXAMPLE = (ROOT / "deploy/images/example.env").read_text(encoding="utf-8")


def settings_type(service: str) -> type[BaseSettings]:
    """The settings class of the service."""
    module = importlib.import_module(f"services.{service}.settings")
    found = [
        each
        for each in vars(module).values()
        if isinstance(each, type) and issubclass(each, BaseSettings) and each.__module__ == module.__name__
    ]
    assert len(found) == 1, f"one settings class in {module.__name__}"
    return found[0]


def settings_fields(service: str) -> set[str]:
    """The variables that the service's settings read."""
    return {f"DUBAN_{name.upper()}" for name in settings_type(service).model_fields}
