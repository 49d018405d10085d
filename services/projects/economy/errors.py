"""What can be wrong with reports, their catalogue and questions about them."""

from libs.common.web.problems import DomainError


class UnknownIndicator(DomainError):
    """The catalogue does not hold this indicator, or not any more."""

    code = "economy.unknown_indicator"


class IndicatorInUse(DomainError):
    """What has been reported keeps its kind and unit; a new code is taken for something else."""

    code = "economy.indicator_in_use"


class EconomyRuleUnsound(DomainError):
    """A rule's numbers contradict its kind; ``errors`` names each."""

    code = "economy.rule_unsound"


class SizeBandUnsound(DomainError):
    """Edges of sizes are not in the order of their ranks."""

    code = "economy.size_band_unsound"


class StandingMonth(DomainError):
    """An enterprise stands in a place for whole months."""

    code = "economy.standing_month"


class NotInRegister(DomainError):
    """The enterprise is not in the register of those who report for this month."""

    code = "economy.not_in_register"


class MonthNotOver(DomainError):
    """The month is not over: nobody can report or close it yet."""

    code = "economy.month_not_over"


class MonthClosed(DomainError):
    """The month is closed; its reports change by a correction with a reason only."""

    code = "economy.month_closed"


class MonthAlreadyClosed(DomainError):
    """The month is closed there already."""

    code = "economy.month_already_closed"


class ReportsOutstanding(DomainError):
    """Reports of the month wait for review or are missing; closing it over them has to be confirmed."""

    code = "economy.reports_outstanding"


class ReportStepRefused(DomainError):
    """The report is not in a state from which this step can be taken."""

    code = "economy.report_step_refused"


class EditionNotOwed(DomainError):
    """No rule says when this edition is due in the region: it is not asked for there."""

    code = "economy.edition_not_owed"


class FlashAfterFinal(DomainError):
    """The final report is accepted; a flash report comes too late."""

    code = "economy.flash_after_final"


class ReportIncomplete(DomainError):
    """Required indicators are missing; ``errors`` names each."""

    code = "economy.report_incomplete"


class ReportUnsound(DomainError):
    """Values are not of their indicator; ``errors`` names each."""

    code = "economy.report_unsound"


class WarningsUnconfirmed(DomainError):
    """Values look wrong; whoever submits them confirms each warning with a reason."""

    code = "economy.warnings_unconfirmed"


class NothingCorrected(DomainError):
    """The correction says what is said already."""

    code = "economy.nothing_corrected"


class OwnReview(DomainError):
    """Who submitted a report does not accept it."""

    code = "economy.own_review"


class RestatementUnsound(DomainError):
    """A restated base says nothing, or speaks of a month that has not been."""

    code = "economy.restatement_unsound"


class PublishedUnsound(DomainError):
    """A published figure says nothing, or speaks of a month that has not been."""

    code = "economy.published_unsound"


class QuestionUnsound(DomainError):
    """The question cannot be answered as it is put; ``errors`` names what is wrong."""

    code = "economy.question_unsound"


class ImportRefused(DomainError):
    """The file holds rows that cannot be taken; nothing was stored."""

    code = "economy.import_refused"


class ImportUnreadable(DomainError):
    """The file is no table, or its headings say not what is needed."""

    code = "economy.import_unreadable"
    status = 422
