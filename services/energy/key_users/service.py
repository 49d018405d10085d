"""Registering devices, and whether a device may upload (重点用能单位能耗在线监测)."""

from __future__ import annotations

from typing import Final

from libs.common import regions
from libs.common.context import Context
from libs.common.registry.queries import enterprise_by_credit_code
from libs.common.security.scope import reaches_region
from services.energy.key_users import repository
from services.energy.key_users.errors import DeviceRegionOutOfReach, DeviceUnknown, EnterpriseCodeMalformed
from services.energy.key_users.tables import MonitoringDeviceRow

# GB 32100: the letters and weights of the unified social credit code's check character.
_LETTERS: Final = "0123456789ABCDEFGHJKLMNPQRTUWXY"
_WEIGHTS: Final = (1, 3, 9, 27, 19, 26, 16, 17, 20, 29, 25, 13, 8, 24, 10, 30, 28)


def is_credit_code(text: str) -> bool:
    """Whether the text is a unified social credit code (统一社会信用代码) by shape and check character."""
    if len(text) != 18 or any(letter not in _LETTERS for letter in text):
        return False
    total = sum(_LETTERS.index(letter) * weight for letter, weight in zip(text, _WEIGHTS, strict=False))
    return _LETTERS[(31 - total % 31) % 31] == text[17]


async def register(ctx: Context, region_code: str, enterprise_code: str) -> MonitoringDeviceRow:
    """Give the device of this key and enterprise its id; the same device again gets the same.

    Raises EnterpriseCodeMalformed, DeviceRegionOutOfReach.
    """
    if not is_credit_code(enterprise_code):
        raise EnterpriseCodeMalformed(enterprise_code=enterprise_code[:30])
    try:
        regions.validate(region_code)
    except regions.InvalidRegionCode as error:
        raise DeviceRegionOutOfReach(region_code=region_code[:20]) from error
    enterprise = await enterprise_by_credit_code(ctx.session, enterprise_code)
    own = ctx.principal.enterprise_id
    if not reaches_region(ctx.principal, region_code) or (
        ctx.principal.is_enterprise_bound and (enterprise is None or enterprise.enterprise_id != own)
    ):
        raise DeviceRegionOutOfReach(region_code=region_code)
    row = MonitoringDeviceRow(
        device_id=ctx.new_id().hex,
        subject=ctx.principal.subject,
        enterprise_code=enterprise_code,
        enterprise_id=None if enterprise is None else enterprise.enterprise_id,
        region_code=region_code,
        registered_at=ctx.now,
    )
    return await repository.put_device(ctx.session, row)


async def check_device(ctx: Context, device_id: str, enterprise_code: str) -> None:
    """Note that the device speaks. Raises DeviceUnknown."""
    row = await repository.find_device_of(ctx.session, ctx.principal.subject, enterprise_code)
    if row is None or row.device_id != device_id:
        raise DeviceUnknown(device_id=device_id[:40])
    await repository.note_upload(ctx.session, device_id, ctx.now)


def upload_time(device_id: str) -> str:
    """When the device is to upload the day before: spread over the small hours, always the same for a device."""
    minute = 60 + int(device_id, 16) % 120
    return f"{minute // 60:02}:{minute % 60:02}:00"
