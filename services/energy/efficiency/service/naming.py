"""Names of regions."""

from sqlalchemy.ext.asyncio import AsyncSession

from libs.common.registry.queries import region_name


async def region_or_code(session: AsyncSession, code: str) -> str:
    """The region's name; its code where the registry did not tell it yet."""
    return await region_name(session, code) or code
