"""``duban trail``: the record of all alerts, checked or taken out by the alerts service's own command."""

from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from deploy.local import control
from deploy.local.layout import default_directory
from deploy.local.options import DataOption

trail_app = typer.Typer(help="The record of all alerts: check it, take it out.", no_args_is_help=True)

FromOption = Annotated[datetime | None, typer.Option("--from", formats=["%Y-%m-%d"], help="First local day.")]
ToOption = Annotated[datetime | None, typer.Option("--to", formats=["%Y-%m-%d"], help="Last local day.")]


@trail_app.command()
def verify(
    since: FromOption = None,
    until: ToOption = None,
    heads_from_kafka: Annotated[
        bool, typer.Option("--heads-from-kafka", help="Compare the seals with what was published.")
    ] = False,
    key: Annotated[list[Path] | None, typer.Option(help="File with a public key to trust (base64).")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="The report as JSON.")] = False,
    data: DataOption = None,
) -> None:
    """Check every entry and seal. Exit code 0: intact, 1: broken (the first bad entry is named), 3: no answer."""
    arguments = ["verify", *_days(since, until)]
    arguments += ["--heads-from-kafka"] if heads_from_kafka else []
    arguments += [part for file in key or () for part in ("--key", str(file.absolute()))]
    arguments += ["--json"] if as_json else []
    _run(data, arguments)


@trail_app.command()
def export(
    since: FromOption = None,
    until: ToOption = None,
    out: Annotated[Path | None, typer.Option(help="File to write. Default: standard output.")] = None,
    data: DataOption = None,
) -> None:
    """Write the trails as JSON Lines that prove themselves without this software."""
    _run(data, ["export", *_days(since, until), *(["--out", str(out.absolute())] if out else [])])


def _run(data: Path | None, arguments: list[str]) -> None:
    place = control.place_of(data or default_directory())
    raise typer.Exit(control.run_service_command(place, "alerts", ["trail", *arguments]))


def _days(since: datetime | None, until: datetime | None) -> list[str]:
    named = (("--from", since), ("--to", until))
    return [part for name, day in named if day is not None for part in (name, f"{day:%Y-%m-%d}")]
