"""Every error and fault of the projects service has its text in both languages."""

from __future__ import annotations

import ast
import importlib
from pathlib import Path

import pytest

import services.projects.api
from libs.common.contracts.projects import Stage
from libs.common.security.principal import Role
from libs.common.web.catalogue import LANGUAGES, Catalogue
from libs.common.web.problems import DomainError
from services.projects.exchange.domain.modes import State
from services.projects.ledger.domain.project import Channel
from services.projects.ledger.domain.stages import Milestone, ProjectKind
from services.projects.registry.domain.records import Post

SERVICE = Path(services.projects.api.__file__).parent
CATALOGUE = Catalogue(services.projects.api.MESSAGES)
ERRORS = [
    error
    for path in sorted(SERVICE.rglob("errors.py"))
    for module in [importlib.import_module(".".join(path.relative_to(SERVICE.parents[1]).with_suffix("").parts))]
    for error in vars(module).values()
    if isinstance(error, type) and issubclass(error, DomainError) and error.__module__ == module.__name__
]
TERMS = [
    f"term.{kind.__name__}.{value.value}"
    for kind in (Stage, ProjectKind, Milestone, Role, Channel, Post, State)
    for value in kind
]


def fault_codes() -> set[str]:
    """The first argument of every FieldError in the service."""
    return {
        call.args[0].value
        for path in SERVICE.rglob("*.py")
        for call in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(call, ast.Call)
        and isinstance(call.func, ast.Name)
        and call.func.id == "FieldError"
        and isinstance(call.args[0], ast.Constant)
        and isinstance(call.args[0].value, str)
    }


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_code_has_a_text(language: str) -> None:
    wanted = {error.code for error in ERRORS} | fault_codes() | set(TERMS)
    assert wanted <= CATALOGUE.codes(language)


def test_languages_say_the_same_codes_with_the_same_parameters() -> None:
    chinese, english = (CATALOGUE.codes(language) for language in LANGUAGES)
    assert chinese == english
    for code in chinese:
        first, second = (CATALOGUE.find(code, language) for language in LANGUAGES)
        assert first is not None
        assert second is not None
        assert first.placeholders() == second.placeholders(), code


def test_errors_of_the_service_are_many_and_their_codes_unique() -> None:
    codes = [error.code for error in ERRORS]
    assert len(codes) == len(set(codes)) > 20
