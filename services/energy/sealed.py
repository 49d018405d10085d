"""What rests sealed in the energy service's tables."""

from libs.common.security.resealing import Sealed
from services.energy.feeds.tables import FeedSourceRow
from services.energy.sources.service import SECRET_PURPOSE

SEALED = (Sealed(FeedSourceRow, "secret", lambda _row: (SECRET_PURPOSE,)),)
