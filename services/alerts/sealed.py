"""What rests sealed in the alerts service's tables."""

from libs.common.security.resealing import Sealed
from services.alerts.notifications.senders.base import CHANNEL_PURPOSE, GATEWAY_PURPOSE, SECRET_PURPOSE
from services.alerts.notifications.tables import ChannelRow, GatewayRow

SEALED = (
    Sealed(GatewayRow, "secrets_sealed", lambda _row: (GATEWAY_PURPOSE,)),
    # A webhook's signing secret, or the address of anything else.
    Sealed(ChannelRow, "secret_sealed", lambda _row: (SECRET_PURPOSE, CHANNEL_PURPOSE)),
)
