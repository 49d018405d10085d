"""What can be wrong with investors, referrals, leads, credit and rewards."""

from libs.common.web.problems import DomainError


class InvestorExists(DomainError):
    """There is an investor with this credit code."""

    code = "investor.exists"


class InvestorUnknown(DomainError):
    """There is no such investor, or the caller may not see it; ``errors`` names the fields."""

    code = "investor.unknown"


class OriginMismatch(DomainError):
    """An investor from China names its province, one from elsewhere does not."""

    code = "investor.origin_mismatch"


class SelfReferral(DomainError):
    """Nobody introduces himself, nor his own company."""

    code = "referral.self"


class ReferralCycle(DomainError):
    """The one introduced has, directly or through others, introduced the introducer."""

    code = "referral.cycle"


class ReferralExists(DomainError):
    """This referral is registered already."""

    code = "referral.exists"


class ReferralWithdrawn(DomainError):
    """The referral was withdrawn before."""

    code = "referral.withdrawn"


class RegisteredAhead(DomainError):
    """What is registered was registered today or before."""

    code = "referral.registered_ahead"


class BackdatingNeedsEvidence(DomainError):
    """A registration of an earlier day names the paper that shows it."""

    code = "referral.backdating_needs_evidence"


class BackdatingForbidden(DomainError):
    """Only supervisors and administrators enter a registration of an earlier day."""

    code = "referral.backdating_forbidden"
    status = 403


class SelfCredit(DomainError):
    """The investor, his company or the person behind it, cannot be credited with his own project."""

    code = "promotion.self_credit"


class RegisteredAfterSigning(DomainError):
    """An introducer is registered before the project is signed, on that day at the latest."""

    code = "promotion.registered_after_signing"


class IntroducersMalformed(DomainError):
    """Each introducer is an investor or a person of the registry, and stands in the list once."""

    code = "promotion.introducers_malformed"


class IntroducerUnknown(DomainError):
    """There is no such introducer; ``errors`` names the fields."""

    code = "promotion.introducer_unknown"


class CreditSharesNotWhole(DomainError):
    """The introducers' shares do not sum to exactly 100 %; the sum is named."""

    code = "promotion.shares_not_whole"


class CreditChangeNeedsReason(DomainError):
    """The project is signed: who shares the credit is changed with a reason."""

    code = "promotion.change_needs_reason"


class LeadCodeTaken(DomainError):
    """The lead's code is in use."""

    code = "lead.duplicate_code"


class LeadReferenceUnknown(DomainError):
    """A person, unit, investor or park that is not known; ``errors`` names the fields."""

    code = "lead.unknown_reference"


class IllegalLeadStep(DomainError):
    """A lead goes one stage forward, is lost with a reason, or is taken up again; no stage is skipped."""

    code = "lead.illegal_step"


class LeadClosed(DomainError):
    """The lead has become a project or is lost; it is not changed any more."""

    code = "lead.closed"


class LeadDateInFuture(DomainError):
    """Something that has happened cannot have happened after today."""

    code = "lead.date_in_future"


class LeadDatesOutOfOrder(DomainError):
    """A stage is entered on the day of the one before it or later."""

    code = "lead.dates_out_of_order"


class LeadNeedsReason(DomainError):
    """A lost lead says why, and so does one that is taken up again."""

    code = "lead.reason_required"


class LeadNeedsInvestor(DomainError):
    """A lead becomes a project once its investor is known."""

    code = "lead.investor_required"


class NextStepAhead(DomainError):
    """A next step has its day, after the follow-up that agrees on it."""

    code = "lead.next_step_not_ahead"


class RewardRuleMalformed(DomainError):
    """Bands begin at rising amounts; ``errors`` names what is wrong."""

    code = "reward_rule.malformed"


class LeadRuleNotOrdered(DomainError):
    """Level 2 begins after level 1."""

    code = "lead_rule.not_ordered"


class AsOfAhead(DomainError):
    """Funds of a day that has not come are not known."""

    code = "award.as_of_ahead"


class AwardFourEyes(DomainError):
    """Who proposed an award does not decide on it."""

    code = "award.four_eyes"


class AwardNotOpen(DomainError):
    """The award is not in the state that this step needs."""

    code = "award.not_open"


class AwardPaidAhead(DomainError):
    """An award is paid on the day it was approved or later, today at the latest."""

    code = "award.paid_out_of_order"
