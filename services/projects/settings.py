"""Settings of the projects service."""

from pathlib import Path
from typing import Annotated, Any, Self

from pydantic import Field, SecretStr, field_validator, model_validator
from pydantic_settings import NoDecode

from libs.common.scanner import ScannerOptions
from libs.common.security.leaked import LeakedListBroken, LeakedPasswords, opened
from libs.common.security.passwords import HashCost, weaknesses
from libs.common.settings import CommonSettings, Environment
from libs.common.sheets.model import Limits
from libs.common.webhooks.backoff import RetrySchedule
from libs.common.webhooks.hosts import AllowedHosts
from libs.common.webhooks.options import WebhookOptions
from services.projects.documents.domain.kinds import FileKind
from services.projects.identity.service.accounts import FIRST_ADMINISTRATOR, FIRST_OF_SECURITY
from services.projects.webhooks.domain.pausing import PauseRule

DEFAULT_ADMIN_PASSWORD = "Local-only-2468"  # noqa: S105 - refused outside local, see below

OWASP_MEMORY_KIB = 19 * 1024
OWASP_ROUNDS = 2


class ProjectsSettings(WebhookOptions, ScannerOptions, CommonSettings):
    """``admin_password`` is the first administrator's; the ``migrate`` role opens the account with it."""

    admin_password: SecretStr = SecretStr(DEFAULT_ADMIN_PASSWORD)
    # 三权分立: accounts, keys and the rules of signing in belong to the role security alone, whose first account
    # is opened with this password; no person is two of administrator, security administrator and auditor.
    separate_administrators: bool = False
    security_password: SecretStr | None = None
    # Of Argon2id; outside a local run not below what OWASP's password storage cheat sheet asks for.
    password_memory_kib: int = Field(default=HashCost().memory_kib, ge=32)
    password_rounds: int = Field(default=HashCost().rounds, ge=1)
    # Known leaked passwords, which nobody may choose: lines of SHA1:count in their order (Have I Been Pwned), or a
    # small list, one a line. None is shipped.
    leaked_passwords: Path | None = None
    # Where people reach the console: what is sent to them leads there.
    console_url: str = Field(default="http://127.0.0.1:8103", pattern=r"^https?://")
    # Our clients at the site's own issuer, by comma, whose logout tokens are taken: the console's, and others that
    # people sign in with.
    oidc_logout_clients: Annotated[tuple[str, ...], NoDecode] = Field(default=("duban-console",), min_length=1)
    # People's numbers are masked for everybody; who may see them asks for each with a reason, which is recorded.
    mask_contacts: bool = False
    document_max_bytes: int = Field(default=20 * 1024 * 1024, ge=1024, le=1024**3)
    # pdf, docx, xlsx, jpg, png, webp, dwg, zip, txt, csv, by comma.
    document_kinds: Annotated[frozenset[FileKind], NoDecode] = frozenset(FileKind)

    # A receiver that fails so often in a row, or for so long, is left alone until somebody looks after it.
    webhook_pause_after_failures: int = Field(default=20, ge=1)
    webhook_pause_after_seconds: float = Field(default=3 * 86_400, gt=0)
    # How long messages bear the signature of a replaced secret as well.
    webhook_secret_overlap_seconds: float = Field(default=86_400, ge=0)

    @field_validator("document_kinds", mode="before")
    @classmethod
    def _split_at_commas(cls, value: Any) -> Any:
        if not isinstance(value, str):
            return value
        return frozenset(part.strip() for part in value.split(",") if part.strip())

    @field_validator("oidc_logout_clients", mode="before")
    @classmethod
    def _split_clients(cls, value: Any) -> Any:
        if not isinstance(value, str):
            return value
        return tuple(part.strip() for part in value.split(",") if part.strip())

    @field_validator("leaked_passwords")
    @classmethod
    def _refuse_a_broken_list(cls, value: Path | None) -> Path | None:
        try:
            _ = value and opened(value)
        except LeakedListBroken as error:
            raise ValueError(str(error)) from None
        return value

    def known_leaked(self) -> LeakedPasswords | None:
        """The site's list of leaked passwords. Raises LeakedListBroken."""
        return None if self.leaked_passwords is None else opened(self.leaked_passwords)

    def hash_cost(self) -> HashCost:
        return HashCost(self.password_memory_kib, self.password_rounds)

    def allowed_hosts(self) -> AllowedHosts:
        return self.hosts_allowed(require_https=self.environment is not Environment.LOCAL)

    def retry_schedule(self) -> RetrySchedule:
        return RetrySchedule(waits=self.delivery_waits_seconds)

    def pause_rule(self) -> PauseRule:
        return PauseRule(self.webhook_pause_after_failures, self.webhook_pause_after_seconds)

    @model_validator(mode="after")
    def _refuse_nonsense_among_hosts(self) -> Self:
        self.allowed_hosts()
        return self

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
    def _refuse_separation_without_its_first_account(self) -> Self:
        if not self.separate_administrators:
            return self
        password = self.security_password
        if password is None or weaknesses(password.get_secret_value(), username=FIRST_OF_SECURITY):
            raise ValueError(
                "DUBAN_SECURITY_PASSWORD must be set where administrators are separate: at least 10 characters of "
                "three classes"
            )
        return self

    @model_validator(mode="after")
    def _refuse_weak_passwords(self) -> Self:
        if self.environment is Environment.LOCAL:
            return self
        if self.password_memory_kib < OWASP_MEMORY_KIB or self.password_rounds < OWASP_ROUNDS:
            raise ValueError(
                f"DUBAN_PASSWORD_MEMORY_KIB must be at least {OWASP_MEMORY_KIB} and DUBAN_PASSWORD_ROUNDS "
                f"{OWASP_ROUNDS} outside a local run"
            )
        password = self.admin_password.get_secret_value()
        if password == DEFAULT_ADMIN_PASSWORD or weaknesses(password, username=FIRST_ADMINISTRATOR):
            raise ValueError(
                "DUBAN_ADMIN_PASSWORD must be set outside a local run: at least 10 characters of three classes"
            )
        return self
