"""``duban detect``: rules of detection tried on a running stack."""

from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from deploy.local import control
from deploy.local.layout import default_directory
from deploy.local.options import DataOption

detect_app = typer.Typer(help="What is detected on the meters.", no_args_is_help=True)


@detect_app.command()
def backtest(
    first: Annotated[datetime, typer.Option("--from", formats=["%Y-%m-%d"], help="First day.")],
    last: Annotated[datetime, typer.Option("--to", formats=["%Y-%m-%d"], help="Last day, included.")],
    meter: Annotated[str | None, typer.Option(help="One meter; default: all.")] = None,
    region: Annotated[str | None, typer.Option(help="The meters of a region.")] = None,
    rules: Annotated[Path | None, typer.Option(help="Drafted rules: JSON.", exists=True)] = None,
    labels: Annotated[Path | None, typer.Option(help="Labelled events: CSV.", exists=True)] = None,
    out: Annotated[Path | None, typer.Option(help="Where the HTML report goes.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Figures as JSON.")] = False,
    data: DataOption = None,
) -> None:
    """Try rules of detection on the curves of a running stack: figures, and a picture of what went wrong."""
    given = {"--meter": meter, "--region": region, "--rules": rules, "--labels": labels, "--out": out}
    arguments = ["--from", f"{first:%Y-%m-%d}", "--to", f"{last:%Y-%m-%d}"]
    for name, value in given.items():
        if value is not None:
            # The command runs elsewhere.
            arguments += [name, str(value.resolve() if isinstance(value, Path) else value)]
    if out is None:
        arguments += ["--out", str(Path.cwd() / f"backtest-{first:%Y-%m-%d}-{last:%Y-%m-%d}.html")]
    if as_json:
        arguments.append("--json")
    raise typer.Exit(control.run_energy(control.place_of(data or default_directory()), ["backtest", *arguments]))
