"""``duban letters``: events set aside as poison, seen and settled by the services' own command."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from deploy.local import control
from deploy.local.layout import default_directory
from deploy.local.options import DataOption
from deploy.local.processes import DATABASES

letters_app = typer.Typer(help="Events set aside as poison.", no_args_is_help=True)


class Service(StrEnum):
    PROJECTS = "projects"
    ENERGY = "energy"
    ALERTS = "alerts"


ServiceArgument = Annotated[Service, typer.Argument(help="Whose consumer set it aside.")]
LetterArgument = Annotated[str, typer.Argument(metavar="ID", help="The letter's id, of `duban letters list`.")]
ByOption = Annotated[str, typer.Option("--by", help="Who does this; it is recorded.")]
ReasonOption = Annotated[str, typer.Option("--reason", help="Why; it is recorded.")]


@letters_app.command(name="list")
def list_letters(
    everything: Annotated[bool, typer.Option("--all", help="Also those that were settled.")] = False,
    data: DataOption = None,
) -> None:
    """Those of all services that wait, one JSON a line."""
    place = control.place_of(data or default_directory())
    arguments = ["letters", "list", *(["--all"] if everything else [])]
    raise typer.Exit(max(control.run_service_command(place, name, arguments) for name in DATABASES))


@letters_app.command()
def show(service: ServiceArgument, letter: LetterArgument, data: DataOption = None) -> None:
    """One with body, headers and where it broke."""
    _run(data, service, ["show", letter])


@letters_app.command()
def edit(
    service: ServiceArgument,
    letter: LetterArgument,
    by: ByOption,
    reason: ReasonOption,
    body: Annotated[Path | None, typer.Option(help="File with JSON by the event's contract.")] = None,
    header: Annotated[list[str] | None, typer.Option(metavar="ce_NAME=VALUE", help="Another header.")] = None,
    data: DataOption = None,
) -> None:
    """Say what is to be handled instead; what came is kept."""
    options = ["--body", str(body.absolute())] if body else []
    options += [part for text in header or () for part in ("--header", text)]
    _run(data, service, ["edit", letter, "--by", by, "--reason", reason, *options])


@letters_app.command()
def replay(
    service: ServiceArgument, letter: LetterArgument, by: ByOption, reason: ReasonOption, data: DataOption = None
) -> None:
    """Handle it now, as mended if it was: once."""
    _run(data, service, ["replay", letter, "--by", by, "--reason", reason])


@letters_app.command()
def discard(
    service: ServiceArgument, letter: LetterArgument, by: ByOption, reason: ReasonOption, data: DataOption = None
) -> None:
    """Say that it need not be handled."""
    _run(data, service, ["discard", letter, "--by", by, "--reason", reason])


def _run(data: Path | None, service: Service, arguments: list[str]) -> None:
    place = control.place_of(data or default_directory())
    raise typer.Exit(control.run_service_command(place, service.value, ["letters", *arguments]))
