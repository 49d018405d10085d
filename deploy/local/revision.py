"""Which version of the code a stack runs under, so that an upgrade can name the one before."""

import subprocess

from deploy.local.layout import CHECKOUT, Layout
from deploy.local.programs import write_atomically


def revision_of_code() -> str | None:
    """The commit of this checkout; None where there is none to ask."""
    try:
        done = subprocess.run(
            ["git", "rev-parse", "HEAD"], cwd=CHECKOUT, capture_output=True, text=True, check=False
        )
    except OSError:  # no git on this machine
        return None
    return done.stdout.strip() or None if done.returncode == 0 else None


def note_revision(place: Layout) -> None:
    """Remember under which code the stack came up."""
    write_atomically(place.directory / "revision", revision_of_code() or "")


def revision_that_ran(place: Layout) -> str | None:
    """The commit under which the stack came up last; None when it is not known."""
    path = place.directory / "revision"
    return path.read_text(encoding="utf-8") or None if path.exists() else None
