"""What can go wrong with users, plans and selections of orderly use."""

from libs.common.web.problems import DomainError


class CurtailmentUserNotFound(DomainError):
    """No user of orderly use of this enterprise that the caller may see."""

    code = "curtailment.user_not_found"
    status = 404


class CurtailmentEnterpriseUnknown(DomainError):
    """The registry has no such enterprise in the caller's regions."""

    code = "curtailment.enterprise_unknown"


class CurtailmentMeterUnfit(DomainError):
    """A meter is not the user's own, is closed, or measures another user already."""

    code = "curtailment.meter_unfit"


class SecurityLoadTooLarge(DomainError):
    """The security load is more than the user draws at most."""

    code = "curtailment.security_load_too_large"


class OfferUnfit(DomainError):
    """A measure stands there twice, gives more than the maximum load, or its shortest call exceeds its longest."""

    code = "curtailment.offer_unfit"


class ExclusionNotFound(DomainError):
    """No such exclusion of a user that the caller may see."""

    code = "curtailment.exclusion_not_found"
    status = 404


class ExclusionPeriodInverted(DomainError):
    """The exclusion ends before it begins, or lasts longer than a year."""

    code = "curtailment.exclusion_period_inverted"


class PlanNotFound(DomainError):
    """No plan of this id that the caller may see."""

    code = "curtailment.plan_not_found"
    status = 404


class PlanStateUnfit(DomainError):
    """A plan of this status is not open to this act."""

    code = "curtailment.plan_state_unfit"


class PlanFaulty(DomainError):
    """The plan breaks rules; ``errors`` names each with its row."""

    code = "curtailment.plan_faulty"


class ApproverSubmitted(DomainError):
    """Who submitted a plan does not approve it."""

    code = "curtailment.approver_submitted"


class PlanValidityUnfit(DomainError):
    """A plan comes into force in its own year, and not before today."""

    code = "curtailment.plan_validity_unfit"


class EntryNotFound(DomainError):
    """The plan has no such row."""

    code = "curtailment.entry_not_found"
    status = 404


class EntryRepeated(DomainError):
    """The user stands in this tier with this measure already."""

    code = "curtailment.entry_repeated"


class EntryQuotaUnfit(DomainError):
    """A share of the maximum load is more than none and at most all of it."""

    code = "curtailment.entry_quota_unfit"


class RotationUnfit(DomainError):
    """A rotation group has no name, no weekday, or one beyond Monday to Sunday."""

    code = "curtailment.rotation_unfit"


class CurtailmentRuleNotFound(DomainError):
    """No rule of this id."""

    code = "curtailment.rule_not_found"
    status = 404


class CurtailmentRuleValidityInverted(DomainError):
    """The rule ends before it begins."""

    code = "curtailment.rule_validity_inverted"


class CurtailmentRuleTooWide(DomainError):
    """The rule would hold for regions that are not the caller's."""

    code = "curtailment.rule_too_wide"


class PlanImportUnreadable(DomainError):
    """The file is no table with the columns of a plan."""

    code = "curtailment.import_unreadable"
    status = 422


class PlanImportRefused(DomainError):
    """Rows of the file cannot be taken; nothing was changed."""

    code = "curtailment.import_refused"


class GapUnfit(DomainError):
    """A gap has one value a quarter of an hour of the day, in kW."""

    code = "curtailment.gap_unfit"
    status = 422
