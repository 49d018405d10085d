"""The command `duban`."""

import sys
import time
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Annotated, NoReturn

import typer
from rich.console import Console
from rich.table import Table

from deploy.local import alertmanager, control, demo
from deploy.local.addresses import print_addresses
from deploy.local.audit import audit_app
from deploy.local.backup.command import PassphraseOption, backup_app, restore_stack
from deploy.local.detect import detect_app
from deploy.local.errors import StackError
from deploy.local.layout import (
    Layout,
    Settings,
    default_directory,
    load_settings,
)
from deploy.local.logs import follow, last_lines
from deploy.local.nightly import add_to
from deploy.local.options import (
    AlertsWorkersOption,
    BrokersOption,
    DataOption,
    EnergyWorkersOption,
    InsideTlsOption,
    PortOption,
    SpeedOption,
)
from deploy.local.rotation import keys_app, secrets_app
from deploy.local.scaling import resized
from deploy.local.status import Phase, ProcessStatus, State, Status, load_status, supervisor_of
from deploy.local.trail import trail_app
from deploy.local.upgrade import upgrade_command

app = typer.Typer(
    help="Runs the whole system on this machine: PostgreSQL, Kafka and the services.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
app.add_typer(trail_app, name="trail")
app.add_typer(audit_app, name="audit")
app.add_typer(backup_app, name="backup")
app.command(name="upgrade")(upgrade_command)
app.add_typer(keys_app, name="keys")
app.add_typer(secrets_app, name="secrets")
app.add_typer(detect_app, name="detect")
add_to(app)
console = Console(highlight=False, soft_wrap=True)

_COLOURS = {State.READY: "green", State.FAILED: "red", State.NOT_READY: "yellow", State.RESTARTING: "yellow"}


@app.command()
def up(
    data: DataOption = None,
    port_base: PortOption = None,
    clock_origin: Annotated[
        str | None, typer.Option(help="Where the stack's clock begins (ISO 8601 with zone). Default: real time.")
    ] = None,
    clock_rate: Annotated[
        float | None, typer.Option(min=0, help="Stack seconds in a real second. Default: 1.")
    ] = None,
    services: Annotated[
        bool, typer.Option(help="Run the services too; without them, start yours from an editor.")
    ] = True,
    brokers: BrokersOption = None,
    energy_workers: EnergyWorkersOption = None,
    alerts_workers: AlertsWorkersOption = None,
    inside_tls: InsideTlsOption = None,
) -> None:
    """Start a stack, or change its numbers of workers; returns when it is ready.

    Its data survive `down` and `up`.
    """
    place = _place(data)
    settings = _settings(place, port_base, clock_origin, clock_rate, services)
    settings = resized(settings, brokers, energy_workers, alerts_workers)
    if inside_tls is not None:
        settings = replace(settings, inside_tls=inside_tls)
    _bring_up(place, settings)
    print_addresses(console, place)


@app.command()
def down(data: DataOption = None) -> None:
    """Stop the stack; leaves no process behind and keeps the data."""
    place = _place(data)
    with console.status("Stopping …"):
        stopped = control.down(place)
    console.print(f"Stopped the stack in {place.directory}." if stopped else f"Nothing runs in {place.directory}.")


@app.command()
def status(data: DataOption = None) -> None:
    """Show the processes. Exit code 0: all ready, 1: not all, 3: not running."""
    place = _place(data)
    found = load_status(place)
    if found is None or supervisor_of(place) is None:
        console.print(f"No stack runs in {place.directory}.")
        if found is not None and found.phase is Phase.FAILED:
            console.print(f"The last start failed: {found.message} {found.advice}", markup=False)
        raise typer.Exit(3)
    table = Table(title=f"{place.directory}: {found.phase}", title_justify="left")
    for heading in ("process", "state", "for", "pid", "ports", "restarts"):
        table.add_column(heading)
    for name, each in found.processes.items():
        state = f"[{_COLOURS.get(each.state, 'white')}]{each.state}[/]"
        ports = " ".join(str(port) for port in each.ports)
        table.add_row(name, state, _duration(each.since), str(each.pid or ""), ports, str(each.restarts))
    console.print(table)
    if found.message:
        console.print(found.message, style="yellow", markup=False)
    all_ready = all(each.state is State.READY for each in found.processes.values())
    raise typer.Exit(0 if found.phase is Phase.READY and all_ready else 1)


@app.command()
def logs(
    process: Annotated[str | None, typer.Argument(help="One process; default: all.")] = None,
    following: Annotated[bool, typer.Option("--follow", "-f", help="Go on with every new line.")] = False,
    lines: Annotated[int, typer.Option("--lines", "-n", help="How many lines of the past.")] = 30,
    data: DataOption = None,
) -> None:
    """Show what the processes wrote."""
    place = _place(data)
    present = sorted(path.stem for path in place.logs.glob("*.log"))
    if process is not None and process not in present:
        _give_up(StackError(f"There is no log of {process}.", f"There are: {', '.join(present) or 'none yet'}"))
    names = [process] if process else present
    for name in names:
        for line in last_lines(place.log(name), lines):
            _print_line(name, line, alone=process is not None)
    if following:
        try:
            for name, line in follow([place.log(name) for name in names]):
                _print_line(name, line, alone=process is not None)
        except KeyboardInterrupt:
            return


@app.command(name="demo")
def demo_command(
    data: DataOption = None,
    port_base: PortOption = None,
    feed: Annotated[bool, typer.Option(help="Start the live feed and tell the first alert's story.")] = True,
    speed: SpeedOption = demo.SPEED,
) -> None:
    """Start a stack, load the demo's data, start its live feed and print the first alert's story."""
    place = _place(data)
    demo.check_clock(place)
    settings = _settings(place, port_base, demo.CLOCK_ORIGIN, None, services=True)
    _bring_up(place, settings)
    demo.load(place)
    print_addresses(console, place)
    if feed:
        demo.start_feed(place, speed)
        demo.tell_story(place)
        console.print(f"The feed goes on at {speed:g} times real time. `duban down` ends everything.")


@app.command()
def feed(speed: SpeedOption = demo.SPEED, data: DataOption = None) -> None:
    """Feed the demo's live readings into a running stack until Ctrl-C."""
    place = _place(data)
    if supervisor_of(place) is None:
        raise StackError(f"No stack runs in {place.directory}.", "Start one with demo data: duban demo")
    demo.run_feed(place, speed)


MonthArgument = Annotated[str, typer.Argument(metavar="YYYY-MM", help="The month.")]


@app.command()
def archive(month: MonthArgument, data: DataOption = None) -> None:
    """Move a month of load curves into Parquet files in the stack's directory; queries go on finding it."""
    raise typer.Exit(control.move_month(_place(data), "archive", month))


@app.command()
def restore(
    source: Annotated[str, typer.Argument(metavar="DIR", help="Directory of backups; or a month YYYY-MM, alone.")],
    new_data: Annotated[Path | None, typer.Argument(metavar="NEW_DATA", help="Empty or new directory.")] = None,
    at: Annotated[str | None, typer.Option(help="Moment (ISO 8601 with zone). Default: the latest.")] = None,
    secrets: Annotated[Path | None, typer.Option(help="A kept copy of the stack's secrets.json.")] = None,
    passphrase_file: PassphraseOption = None,
    port_base: PortOption = None,
    data: DataOption = None,
) -> None:
    """Put a backup back into a new directory; or bring an archived month of load curves back into the database."""
    if new_data is None:
        raise typer.Exit(control.move_month(_place(data), "restore", source))
    restore_stack(Path(source), new_data, at, port_base, secrets, passphrase_file)


@app.command(
    name="alertmanager",
    context_settings={"allow_extra_args": True, "ignore_unknown_options": True},
    add_help_option=False,
)
def alertmanager_command(context: typer.Context) -> None:
    """Run in the place of an Alertmanager, with its flags.

    --config.file, --storage.path, --web.listen-address …
    """
    raise typer.Exit(alertmanager.main(context.args))


def main() -> None:
    try:
        app(prog_name="duban")
    except StackError as error:
        _give_up(error)


def _give_up(error: StackError) -> NoReturn:
    errors = Console(stderr=True, highlight=False, soft_wrap=True, markup=False)
    errors.print(error.message, style="red")
    if error.advice:
        errors.print(error.advice)
    sys.exit(1)


def _place(data: Path | None) -> Layout:
    return control.place_of(data or default_directory())


def _settings(
    place: Layout, port_base: int | None, clock_origin: str | None, clock_rate: float | None, services: bool
) -> Settings:
    """What was asked for, else what the stack had, else the defaults. Raises StackError for a bad origin."""
    if clock_origin is not None:
        try:
            zone = datetime.fromisoformat(clock_origin).utcoffset()
        except ValueError as error:
            raise StackError(f"{clock_origin} is no ISO 8601 time.", "Like 2026-09-15T08:30:00+08:00") from error
        if zone is None:
            raise StackError(f"{clock_origin} has no zone.", "Like 2026-09-15T08:30:00+08:00")
    kept = load_settings(place) or Settings()
    return replace(
        kept,
        port_base=kept.port_base if port_base is None else port_base,
        clock_origin=kept.clock_origin if clock_origin is None else clock_origin,
        clock_rate=kept.clock_rate if clock_rate is None else clock_rate,
        services=services,
    )


def _bring_up(place: Layout, settings: Settings) -> None:
    begun = time.monotonic()
    shown: dict[str, State] = {}
    with console.status("Starting …") as spinner:

        def watch(status: Status) -> None:
            if status.step:
                spinner.update(f"{status.step[:1].upper()}{status.step[1:]} …")
            for name, each in status.processes.items():
                if each.state is State.READY and shown.get(name) is not State.READY:
                    console.print(f"  [green]✓[/] {name:14} {time.monotonic() - begun:5.1f} s")
                shown[name] = each.state

        try:
            started = control.up(place, settings, watch)
        except KeyboardInterrupt:
            console.print("The stack goes on starting: see `duban status`, end it with `duban down`.")
            raise typer.Exit(130) from None
    if started:
        console.print(f"Ready after {time.monotonic() - begun:.1f} s in {place.directory}.")
        return
    unwell = {name: each.state for name, each in _processes(place).items() if each.state is not State.READY}
    if unwell:
        named = ", ".join(f"{name} ({state})" for name, state in unwell.items())
        console.print(f"The stack in {place.directory} runs already; not ready now: {named}. See duban logs.")
    else:
        console.print(f"The stack in {place.directory} is already running and healthy.")


def _processes(place: Layout) -> dict[str, ProcessStatus]:
    status = load_status(place)
    return status.processes if status else {}


def _print_line(name: str, line: str, *, alone: bool) -> None:
    console.print(line if alone else f"{name:14} {line}", markup=False)


def _duration(since: float) -> str:
    seconds = int(time.time() - since)
    return f"{seconds} s" if seconds < 120 else f"{seconds // 60} min"
