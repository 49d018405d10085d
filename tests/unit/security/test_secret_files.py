"""Secrets in files, as systemd's credentials and mounted secrets are."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from pydantic_settings.exceptions import SettingsError

from services.alerts.settings import AlertsSettings
from services.console.settings import ConsoleSettings

KEY = "k" * 40


@pytest.fixture
def secrets(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    files = {
        "DUBAN_SECRET_KEY": f"{KEY}\n",
        "DUBAN_PREVIOUS_SECRET_KEYS": "old-one,older",
        "DUBAN_DATABASE_DSN": "postgresql://alerts:s3cret@db:5432/alerts",
        "SOMETHING_ELSE": "of another program",
    }
    for name, text in files.items():
        (tmp_path / name).write_text(text)
    monkeypatch.setenv("DUBAN_KAFKA_BOOTSTRAP", "kafka:9092")
    return tmp_path


@pytest.mark.parametrize("variable", ["DUBAN_SECRETS_DIRECTORY", "CREDENTIALS_DIRECTORY"])
def test_secrets_are_read_from_files_when_a_directory_is_named(
    variable: str, secrets: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(variable, str(secrets))
    settings = AlertsSettings()
    assert settings.secret_key.get_secret_value() == KEY
    assert settings.dsn == "postgresql://alerts:s3cret@db:5432/alerts"
    assert [key.get_secret_value() for key in settings.previous_secret_keys] == ["old-one", "older"]
    assert settings.smtp_password is None


def test_environment_goes_before_a_file(secrets: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DUBAN_SECRETS_DIRECTORY", str(secrets))
    monkeypatch.setenv("DUBAN_SECRET_KEY", "e" * 40)
    assert AlertsSettings().secret_key.get_secret_value() == "e" * 40


def test_own_directory_goes_before_the_managers(secrets: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DUBAN_SECRETS_DIRECTORY", str(secrets))
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", "/nowhere")
    assert AlertsSettings().secret_key.get_secret_value() == KEY


def test_directory_that_is_not_there_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DUBAN_SECRETS_DIRECTORY", str(tmp_path / "gone"))
    with pytest.raises(SettingsError, match=r"DUBAN_SECRETS_DIRECTORY: .*gone is no directory"):
        ConsoleSettings(console_files=tmp_path)


def test_process_says_so_and_ends_with_2_when_its_secrets_are_not_there() -> None:
    environment = {"PATH": os.environ["PATH"], "DUBAN_SECRETS_DIRECTORY": "/nowhere"}
    command = [sys.executable, "-m", "services.console", "api"]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 2
    assert done.stderr == "the settings do not fit:\n  DUBAN_SECRETS_DIRECTORY: /nowhere is no directory\n"
