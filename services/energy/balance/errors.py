"""What can go wrong with balances."""

from libs.common.web.problems import DomainError


class BalanceNotFound(DomainError):
    """Nothing was computed for the node and day: none of its meters was expected."""

    code = "balance.not_found"
    status = 404


class BalanceRuleMissing(DomainError):
    """No rule holds for the region on the day."""

    code = "balance.rule_missing"


class BalanceRuleUnordered(DomainError):
    """The edges of the levels do not rise."""

    code = "balance.rule_unordered"


class ImportLimitNotFound(DomainError):
    """No import limit of this id that the caller may see."""

    code = "balance.import_limit_not_found"
    status = 404


class ImportLimitOverlaps(DomainError):
    """The node has an import limit at that time."""

    code = "balance.import_limit_overlaps"


class ForecastMissing(DomainError):
    """There is no forecast of the node's load for the day."""

    code = "balance.forecast_missing"
    status = 404
