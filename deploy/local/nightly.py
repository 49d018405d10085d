"""The commands for who keeps a stack running, added to the others."""

import typer

from deploy.local import heartbeat_watch
from deploy.local.doctor.command import doctor
from deploy.local.holidays import calendar_app
from deploy.local.letters import letters_app
from deploy.local.sql import sql


def add_to(app: typer.Typer) -> None:
    app.command()(doctor)
    app.command()(sql)
    app.add_typer(letters_app, name="letters")
    app.add_typer(calendar_app, name="calendar")
    app.command(
        name="heartbeat-watch",
        context_settings={"allow_extra_args": True, "ignore_unknown_options": True},
        add_help_option=False,
    )(_heartbeat_watch)


def _heartbeat_watch(context: typer.Context) -> None:
    """Receive the outward heartbeat and alarm when none comes; best on another machine. See its --help."""
    raise typer.Exit(heartbeat_watch.main(context.args))
