"""What can go wrong with questions about curves."""

from libs.common.web.problems import DomainError


class AnswerTooLarge(DomainError):
    """The question asks for more values than one answer holds."""

    code = "curves.answer_too_large"
    status = 422


class ReferencePeriodMissing(DomainError):
    """A change is asked for without saying against which period."""

    code = "curves.reference_missing"
    status = 422
