"""Models and migrations of the energy service agree."""

from collections.abc import Callable

from libs.common.database import migrate, pending_differences
from services.energy.bootstrap import MIGRATIONS
from services.energy.database import METADATA


async def test_models_and_migrations_agree_when_a_new_database_is_migrated(
    fresh_database: Callable[[str], str],
) -> None:
    dsn = fresh_database("energy_migrations")
    await migrate(dsn, MIGRATIONS)
    assert await pending_differences(dsn, METADATA) == []
    # A second time changes nothing and does not fail.
    await migrate(dsn, MIGRATIONS)
