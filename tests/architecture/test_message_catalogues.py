"""Every error a caller can get has its texts in both languages, and both speak of the same parameters."""

import ast
import importlib
import json
import pkgutil
from collections.abc import Iterator, Sequence
from functools import cache
from pathlib import Path

import pytest

import libs
import services
from libs.common.web.catalogue import COMMON_MESSAGES, LANGUAGES, Catalogue
from libs.common.web.problems import DomainError

ROOT = Path(__file__).resolve().parents[2]


def _modules() -> Iterator[str]:
    for package in (libs, services):
        for found in pkgutil.walk_packages(package.__path__, package.__name__ + "."):
            is_program = found.name.endswith(("__main__", ".env")) or ".migrations" in found.name
            if not is_program:
                yield found.name


@cache
def errors() -> tuple[type[DomainError], ...]:
    """All errors of the tree; importing every module makes them known."""
    for name in _modules():
        importlib.import_module(name)
    known: dict[str, type[DomainError]] = {}
    waiting = [DomainError]
    while waiting:
        for error in waiting.pop().__subclasses__():
            if error.__module__.startswith(("libs.", "services.")):
                known[f"{error.__module__}.{error.__qualname__}"] = error
                waiting.append(error)
    return tuple(known.values())


@cache
def directories(service: str = "*") -> tuple[Path, ...]:
    """A service's catalogues: its own, and those of slices that keep theirs beside their rules.

    Catalogues of the words of alerts and mails hold plain texts and are none of these.
    """
    found = sorted((ROOT / "services").glob(f"{service}/**/messages/en.json"))
    return tuple(
        path.parent
        for path in found
        if all(isinstance(entry, dict) for entry in json.loads(path.read_text()).values())
    )


def codes_for(parts: Sequence[str], language: str) -> frozenset[str]:
    """The codes that a module may use, by the parts of its name."""
    known = (COMMON_MESSAGES,) if parts[0] == "libs" else directories(parts[1])
    return frozenset().union(*(codes_in(directory, language) for directory in known))


@cache
def codes_in(directory: Path, language: str) -> frozenset[str]:
    return frozenset(json.loads((directory / f"{language}.json").read_text(encoding="utf-8")))


def test_every_error_has_a_code_and_a_status() -> None:
    bare = [
        error.__qualname__ for error in errors() if not getattr(error, "code", "") and not error.__subclasses__()
    ]

    assert bare == []
    assert all(400 <= error.status <= 599 for error in errors())


def test_every_code_belongs_to_one_error() -> None:
    owners: dict[str, list[str]] = {}
    for error in errors():
        if "code" in vars(error):
            owners.setdefault(error.code, []).append(error.__qualname__)

    assert {code: names for code, names in owners.items() if len(names) > 1} == {}


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_error_has_its_texts(language: str) -> None:
    missing = sorted(
        error.code
        for error in errors()
        if getattr(error, "code", "") and error.code not in codes_for(error.__module__.split("."), language)
    )

    assert missing == []


def _fault_codes() -> Iterator[tuple[Path, str]]:
    for part in ("libs", "services"):
        for path in sorted((ROOT / part).rglob("*.py")):
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "FieldError":
                    named = [keyword.value for keyword in node.keywords if keyword.arg == "code"]
                    for argument in (*node.args[:1], *named):
                        if isinstance(argument, ast.Constant):
                            yield path.relative_to(ROOT), str(argument.value)


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_fault_has_its_text(language: str) -> None:
    common = codes_in(COMMON_MESSAGES, language)
    missing = {
        code
        for path, code in _fault_codes()
        if not {code, f"field.{code}"} & (common | codes_for(path.parts, language))
    }

    assert sorted(missing) == []


def test_every_service_catalogue_loads_beside_the_common_one() -> None:
    for directory in directories():
        catalogue = Catalogue([directory])
        assert catalogue.codes("en") == catalogue.codes("zh-CN"), directory


def test_both_languages_name_the_same_parameters() -> None:
    different = []
    for catalogue in (Catalogue([]), *(Catalogue([directory]) for directory in directories())):
        for code in sorted(catalogue.codes("en") & catalogue.codes("zh-CN")):
            english, chinese = catalogue.find(code, "en"), catalogue.find(code, "zh-CN")
            assert english is not None
            assert chinese is not None
            if english.placeholders() != chinese.placeholders():
                different.append(code)

    assert different == []
