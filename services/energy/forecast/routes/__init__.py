"""REST of forecasts and temperatures."""

from services.energy.forecast.routes.forecasts import router as forecasts
from services.energy.forecast.routes.temperatures import router as temperatures

ROUTERS = (forecasts, temperatures)
