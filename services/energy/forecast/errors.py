"""What can go wrong with forecasts, their rules and temperatures."""

from libs.common.web.problems import DomainError


class ForecastNotFound(DomainError):
    """No issue of this id of the node."""

    code = "forecast.not_found"
    status = 404


class NoForecast(DomainError):
    """The node has no forecast of the day; where one was refused the reason is told."""

    code = "forecast.none"
    status = 404


class NodeNotForecast(DomainError):
    """Only areas and substations are forecast."""

    code = "forecast.node_kind"


class ForecastRuleScopeAmbiguous(DomainError):
    """A rule holds for a region or for a node, not for both."""

    code = "forecast.rule_scope_ambiguous"


class ForecastRuleScopeTooWide(DomainError):
    """A rule for regions outside of the caller's own is for others to set."""

    code = "forecast.rule_scope_too_wide"


class ForecastRuleValidityInverted(DomainError):
    """The rule ends before it begins."""

    code = "forecast.rule_validity_inverted"


class ForecastRuleInvalid(DomainError):
    """A parameter of the rule is unknown or out of its range."""

    code = "forecast.rule_invalid"
    status = 422


class TemperatureNotFound(DomainError):
    """No day of temperatures of this id that the caller may see."""

    code = "temperature.not_found"
    status = 404


class TemperatureRegionUnknown(DomainError):
    """The text is no region's code and no name of exactly one region within reach."""

    code = "temperature.region_unknown"


class TemperatureSlotsUnfit(DomainError):
    """A day has 24, 48, 96 or 288 values."""

    code = "temperature.slots_unfit"
    status = 422


class TemperatureOutOfRange(DomainError):
    """No place on earth is that cold or that hot."""

    code = "temperature.out_of_range"
    status = 422


class TemperatureNotMeasuredYet(DomainError):
    """A day that has not begun has no measured temperature."""

    code = "temperature.not_measured_yet"
