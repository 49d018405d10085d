"""What the slice's routes find on the application."""

from typing import Annotated, cast

from fastapi import Depends, Request

from libs.common.security.principal import Role
from libs.common.web.catalogue import Catalogue, negotiate
from services.projects.exchange.wording import Words, words_of
from services.projects.settings import ProjectsSettings

# Whoever may write anything may also import; the entity narrows it.
IMPORTERS = (Role.ADMIN, Role.SUPERVISOR, Role.LEADER, Role.OFFICER, Role.ENTERPRISE)


async def get_words(request: Request) -> Words:
    return words_of(cast(Catalogue, request.app.state.catalogue))


async def get_settings(request: Request) -> ProjectsSettings:
    return cast(ProjectsSettings, request.app.state.runtime.settings)


async def get_language(request: Request) -> str:
    """The language the caller reads."""
    return negotiate(request.headers.get("accept-language"))


WordsDep = Annotated[Words, Depends(get_words)]
SettingsDep = Annotated[ProjectsSettings, Depends(get_settings)]
LanguageDep = Annotated[str, Depends(get_language)]
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
CSV = "text/csv; charset=utf-8"
