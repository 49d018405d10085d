"""Settings from files: one file a variable, named like it, as systemd's credentials and mounted secrets are.

Only the process that is given a file can read it, and what lists a process's environment does not show it.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SecretsSettingsSource
from pydantic_settings.exceptions import SettingsError

DIRECTORY: Final = "DUBAN_SECRETS_DIRECTORY"
# systemd sets it where a unit has LoadCredential=.
_CREDENTIALS: Final = "CREDENTIALS_DIRECTORY"


def secret_files(
    settings_type: type[BaseSettings], environment: Mapping[str, str] = os.environ
) -> tuple[PydanticBaseSettingsSource, ...]:
    """Where the settings are looked for after the environment; nowhere when no directory is named.

    Raises SettingsError when the one named is none, or cannot be entered.
    """
    variable = next((name for name in (DIRECTORY, _CREDENTIALS) if environment.get(name)), None)
    if variable is None:
        return ()
    directory = Path(environment[variable])
    if not directory.is_dir():
        raise SettingsError(f"{variable}: {directory} is no directory")
    if not os.access(directory, os.R_OK | os.X_OK):
        raise SettingsError(f"{variable}: {directory} may not be read by this user")
    return (SecretsSettingsSource(settings_type, secrets_dir=directory),)
