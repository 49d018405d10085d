"""Settings of the projects service."""

from typing import Self

from pydantic import Field, SecretStr, model_validator

from libs.common.security.passwords import weaknesses
from libs.common.settings import CommonSettings, Environment
from services.projects.exchange.sheets.model import Limits
from services.projects.identity.service.accounts import FIRST_ADMINISTRATOR

DEFAULT_ADMIN_PASSWORD = "Local-only-2468"  # noqa: S105 - refused outside local, see below


class ProjectsSettings(CommonSettings):
    """``admin_password`` is the first administrator's; the ``migrate`` role opens the account with it."""

    admin_password: SecretStr = SecretStr(DEFAULT_ADMIN_PASSWORD)
    # What an import may cost: its body, what that unpacks to, and its rows.
    import_max_bytes: int = Field(default=100 * 2**20, ge=2**10)
    import_max_expanded_bytes: int = Field(default=2 * 2**30, ge=2**20)
    import_max_rows: int = Field(default=200_000, ge=1)
    export_max_rows: int = Field(default=500_000, ge=1)
    bulk_edit_max_projects: int = Field(default=10_000, ge=1, le=30_000)
    # OC4IDS: the prefix under which the publisher is registered, and how it names itself.
    oc4ids_prefix: str = "oc4ids-duban"
    oc4ids_publisher: str = "Duban"

    def import_limits(self) -> Limits:
        return Limits(expanded_bytes=self.import_max_expanded_bytes, rows=self.import_max_rows)

    @model_validator(mode="after")
    def _refuse_weak_admin_password(self) -> Self:
        if self.environment is Environment.LOCAL:
            return self
        password = self.admin_password.get_secret_value()
        if password == DEFAULT_ADMIN_PASSWORD or weaknesses(password, username=FIRST_ADMINISTRATOR):
            raise ValueError(
                "DUBAN_ADMIN_PASSWORD must be set outside a local run: at least 10 characters of three classes"
            )
        return self
