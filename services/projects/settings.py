"""Settings of the projects service."""

from typing import Annotated, Any, Self

from pydantic import Field, SecretStr, field_validator, model_validator
from pydantic_settings import NoDecode

from libs.common.security.passwords import weaknesses
from libs.common.settings import CommonSettings, Environment
from services.projects.documents.domain.kinds import FileKind
from services.projects.identity.service.accounts import FIRST_ADMINISTRATOR

DEFAULT_ADMIN_PASSWORD = "Local-only-2468"  # noqa: S105 - refused outside local, see below


class ProjectsSettings(CommonSettings):
    """``admin_password`` is the first administrator's; the ``migrate`` role opens the account with it."""

    admin_password: SecretStr = SecretStr(DEFAULT_ADMIN_PASSWORD)
    document_max_bytes: int = Field(default=20 * 1024 * 1024, ge=1024, le=1024**3)
    # pdf, docx, xlsx, jpg, png, webp, dwg, zip, txt, csv, by comma.
    document_kinds: Annotated[frozenset[FileKind], NoDecode] = frozenset(FileKind)

    @field_validator("document_kinds", mode="before")
    @classmethod
    def _split_at_commas(cls, value: Any) -> Any:
        if not isinstance(value, str):
            return value
        return frozenset(part.strip() for part in value.split(",") if part.strip())

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
