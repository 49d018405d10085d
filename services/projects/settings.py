"""Settings of the projects service."""

from typing import Self

from pydantic import SecretStr, model_validator

from libs.common.security.passwords import weaknesses
from libs.common.settings import CommonSettings, Environment
from services.projects.identity.service.accounts import FIRST_ADMINISTRATOR

DEFAULT_ADMIN_PASSWORD = "Local-only-2468"  # noqa: S105 - refused outside local, see below


class ProjectsSettings(CommonSettings):
    """``admin_password`` is the first administrator's; the ``migrate`` role opens the account with it."""

    admin_password: SecretStr = SecretStr(DEFAULT_ADMIN_PASSWORD)

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
