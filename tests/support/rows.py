"""How many rows each table of a database has: what a refused request must leave as it was."""

from sqlalchemy import text

from libs.common.database import Database

_TABLES = "SELECT relname FROM pg_stat_user_tables WHERE schemaname = 'public' ORDER BY relname"


async def rows_by_table(database: Database) -> dict[str, int]:
    """Number of rows by table."""
    async with database.session() as session:
        names = list(await session.scalars(text(_TABLES)))
        counts = " UNION ALL ".join(f"SELECT '{name}', count(*) FROM \"{name}\"" for name in names)
        return {name: int(count) for name, count in await session.execute(text(counts))}
