"""What can be wrong with targets; each has a stable code and says what would be right."""

from libs.common.web.problems import DomainError


class TargetNotOrdered(DomainError):
    """Period, amount, scope or profile of a target do not go together; ``errors`` names the fields."""

    code = "target.not_ordered"


class TargetMisplaced(DomainError):
    """The target does not fit below its parent; ``errors`` names the fields."""

    code = "target.misplaced"


class TreeRefused(DomainError):
    """A tree with a cycle, a target twice, or a parent that is not in it; ``errors`` names the fields."""

    code = "target.tree_refused"


class TargetExists(DomainError):
    """A target with this code, or of this indicator, scope and period, stands already."""

    code = "target.exists"


class TargetWithdrawn(DomainError):
    """The target was withdrawn; nothing of it changes any more."""

    code = "target.withdrawn"


class TargetHasChildren(DomainError):
    """Targets stand below this one; they are withdrawn or moved first."""

    code = "target.has_children"


class ChangeNeedsReason(DomainError):
    """What was set, signed or reported before is changed with a reason."""

    code = "target.change_needs_reason"


class UnknownIndicator(DomainError):
    """The catalogue has no such indicator."""

    code = "target.indicator_unknown"


class UnknownCluster(DomainError):
    """There is no such cluster."""

    code = "target.cluster_unknown"


class UnknownSource(DomainError):
    """No source answers with such figures."""

    code = "target.source_unknown"


class NothingToAdopt(DomainError):
    """The region wants nothing of its size bands in the year, or all of it is a target already."""

    code = "target.nothing_to_adopt"


class IndicatorInUse(DomainError):
    """Targets are set by this indicator: what it measures stays."""

    code = "target.indicator_in_use"


class FigureFromSource(DomainError):
    """The indicator's figures come from a source; nobody types them."""

    code = "target.figure_from_source"


class MonthOutside(DomainError):
    """The month does not lie in the target's period, or is not over yet."""

    code = "target.month_outside"


class EvidenceMissing(DomainError):
    """A typed figure names its evidence."""

    code = "target.evidence_missing"


class RuleNotOrdered(DomainError):
    """Edges or scores of a rule are not in order; ``errors`` names the fields."""

    code = "target_rule.not_ordered"


class RuleMissing(DomainError):
    """No rule holds in the region on the day."""

    code = "target_rule.missing"


class NothingToSign(DomainError):
    """No standing target of the period answers to this unit and person."""

    code = "target_letter.nothing_to_sign"


class LetterExists(DomainError):
    """A letter that is not signed yet binds the same party for the year."""

    code = "target_letter.exists"


class LetterSettled(DomainError):
    """The letter is signed or withdrawn; what changed since takes a supplement."""

    code = "target_letter.settled"


class LetterUnchanged(DomainError):
    """The targets say what the letter says already."""

    code = "target_letter.unchanged"


class SignedAlready(DomainError):
    """This side has signed the letter as it stands."""

    code = "target_letter.signed_already"


class SignatureUnfit(DomainError):
    """Who signs, when, or the scan does not go with the letter; ``errors`` names the fields."""

    code = "target_letter.signature_unfit"


class PeriodNotOver(DomainError):
    """A quarter or year is frozen once it is over."""

    code = "target_edition.period_not_over"


class EditionExists(DomainError):
    """The period is frozen; a later edition says why."""

    code = "target_edition.exists"


class NothingToFreeze(DomainError):
    """No target of the period, or nothing differs from the edition that stands."""

    code = "target_edition.nothing_to_freeze"


class MissStepRefused(DomainError):
    """The miss is not in a state for this step."""

    code = "target_miss.step_refused"
