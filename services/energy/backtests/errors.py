"""What can go wrong with backtests, and with rules that come without one."""

from libs.common.web.problems import DomainError


class BacktestNotFound(DomainError):
    """No backtest of this id that the caller may see."""

    code = "backtest.not_found"
    status = 404


class BacktestTooLarge(DomainError):
    """More days of meters than one backtest takes."""

    code = "backtest.too_large"


class BacktestScopeAmbiguous(DomainError):
    """A backtest is of a region or of one meter, not of both."""

    code = "backtest.scope_ambiguous"


class BacktestMissing(DomainError):
    """A rule of detection is changed with a backtest only."""

    code = "backtest.missing"


class BacktestNotDone(DomainError):
    """The backtest has no result yet, or failed."""

    code = "backtest.not_done"


class BacktestOutdated(DomainError):
    """The backtest was made too long ago."""

    code = "backtest.outdated"


class BacktestTooShort(DomainError):
    """The backtest's span is too short to say anything."""

    code = "backtest.too_short"


class BacktestOfOtherRule(DomainError):
    """What was tried is not what is to hold."""

    code = "backtest.of_other_rule"
