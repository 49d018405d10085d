"""What can be wrong with support policies, budgets, applications, payments and financing needs."""

from libs.common.web.problems import DomainError


class PolicyCodeTaken(DomainError):
    """The policy's code is in use."""

    code = "support_policy.duplicate_code"


class PolicyNotDraft(DomainError):
    """Only a draft is changed or adopted; what is in force is ended and replaced."""

    code = "support_policy.not_draft"


class PolicyNotTemplate(DomainError):
    """Only a template is taken over into a region."""

    code = "support_policy.not_template"


class PolicyNotInForce(DomainError):
    """The policy is not adopted, or does not hold on that day."""

    code = "support_policy.not_in_force"


class PolicyNotOrdered(DomainError):
    """A policy ends after it begins."""

    code = "support_policy.not_ordered"


class TermsMalformed(DomainError):
    """The terms do not go together; ``errors`` names each fault."""

    code = "support_policy.terms_malformed"
    status = 422


class InputsMismatch(DomainError):
    """What is applied for is not of the policy's kind, or does not fit its terms; ``errors`` names each fault."""

    code = "support_application.inputs_mismatch"


class BudgetExceeded(DomainError):
    """The policy's budget of the year does not hold so much any more."""

    code = "support_budget.exceeded"


class BudgetMissing(DomainError):
    """The policy has no budget for the year."""

    code = "support_budget.missing"


class BudgetTooSmall(DomainError):
    """A budget is not cut below what is reserved and paid."""

    code = "support_budget.too_small"


class PolicyHasNoBudget(DomainError):
    """The policy grants without a budget: what it waives is not paid out of one."""

    code = "support_budget.not_kept"


class ApplicationStepRefused(DomainError):
    """The application is not in a state from which this step can be taken."""

    code = "support_application.step_refused"


class ApplicationElsewhere(DomainError):
    """The enterprise lies outside of the policy's region."""

    code = "support_application.elsewhere"


class ApplicationDouble(DomainError):
    """The policy is applied for once: there is another application for the same claim."""

    code = "support_application.double"


class ReviewerRefused(DomainError):
    """This step of the approval is another role's."""

    code = "support_application.reviewer_refused"
    status = 403


class ReviewFourEyes(DomainError):
    """Who applied or decided a step before does not decide this one."""

    code = "support_application.four_eyes"


class ChecksFailed(DomainError):
    """A check failed: the application is returned or refused, not approved; the checks are named."""

    code = "support_application.checks_failed"


class ChecksUnknown(DomainError):
    """A check could not be told: who approves all the same says why; the checks are named."""

    code = "support_application.checks_unknown"


class ApprovedTooMuch(DomainError):
    """No more is approved than the rule computes."""

    code = "support_application.approved_too_much"


class AppealTooLate(DomainError):
    """The days in which a refusal may be appealed against are over."""

    code = "support_application.appeal_too_late"


class AppealNotOpen(DomainError):
    """There is no appeal that waits for a decision."""

    code = "support_application.appeal_not_open"


class PaymentTooMuch(DomainError):
    """Not more is paid than was approved."""

    code = "support_payment.too_much"


class PaymentDay(DomainError):
    """A payment lies between the approval and today."""

    code = "support_payment.day"


class PaymentFourEyes(DomainError):
    """Who approved the amount does not pay it."""

    code = "support_payment.four_eyes"


class ClawbackTooMuch(DomainError):
    """Not more is claimed back than was paid and not claimed back yet."""

    code = "support_clawback.too_much"


class ClawbackClosed(DomainError):
    """The claim was met or dropped before."""

    code = "support_clawback.closed"


class ClawbackDay(DomainError):
    """Money comes back between the claim and today."""

    code = "support_clawback.day"


class NeedClosed(DomainError):
    """The financing need is closed."""

    code = "financing_need.closed"


class NeedOfNobody(DomainError):
    """A financing need is an enterprise's or a project's."""

    code = "financing_need.of_nobody"


class OutcomeIncomplete(DomainError):
    """A grant names its amount, a refusal its reason, both their day; ``errors`` names what is lacking."""

    code = "financing_outcome.incomplete"


class OutcomeDecided(DomainError):
    """The bank's answer is recorded already."""

    code = "financing_outcome.decided"


class OutcomeDay(DomainError):
    """What is recorded happened today or before, and an answer not before the question."""

    code = "financing_outcome.day"


class GuaranteeTooMuch(DomainError):
    """Not more is guaranteed than was granted."""

    code = "financing_outcome.guarantee_too_much"
