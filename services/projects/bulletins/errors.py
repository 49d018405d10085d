"""What can be wrong with bulletins, their templates and their lists' rules."""

from libs.common.web.problems import DomainError


class PeriodUnknown(DomainError):
    """The year has no such period; ``errors`` names the field."""

    code = "bulletin.period_unknown"
    status = 422


class PeriodNotBegun(DomainError):
    """Nothing can be told of a period whose first month is not over."""

    code = "bulletin.period_not_begun"


class TemplateMissing(DomainError):
    """No template of the kind holds in the region at the period's end."""

    code = "bulletin.template_missing"


class BulletinExists(DomainError):
    """The period has a bulletin: a draft is worked on, a published one is corrected."""

    code = "bulletin.exists"


class BulletinFrozen(DomainError):
    """The bulletin is not a draft any more."""

    code = "bulletin.frozen"


class NotReviewed(DomainError):
    """Only a reviewed bulletin is published."""

    code = "bulletin.not_reviewed"


class NotPublished(DomainError):
    """Only a published bulletin, in its latest edition, is corrected; only a published one has files."""

    code = "bulletin.not_published"


class Superseded(DomainError):
    """A later edition stands in the bulletin's place."""

    code = "bulletin.superseded"


class FourEyes(DomainError):
    """Whoever wrote a bulletin does not review it."""

    code = "bulletin.four_eyes"


class PeriodNotOver(DomainError):
    """A bulletin is published once its period is over."""

    code = "bulletin.period_not_over"


class FiguresChanged(DomainError):
    """Figures are others by now than those that were reviewed."""

    code = "bulletin.figures_changed"


class NothingCorrected(DomainError):
    """The new edition says the same as the one it would replace."""

    code = "bulletin.nothing_corrected"


class TextRefused(DomainError):
    """An edited text holds numbers or references that are none; ``errors`` names each."""

    code = "bulletin.text_refused"
    status = 422


class BlockUnknown(DomainError):
    """The bulletin has no such paragraph; tables and charts are made of figures and not edited."""

    code = "bulletin.block_unknown"
    status = 404


class FigureUnknown(DomainError):
    """The bulletin has no such figure."""

    code = "bulletin.figure_unknown"
    status = 404


class RecipientsMissing(DomainError):
    """Nobody is named who is to receive the bulletin."""

    code = "bulletin.recipients_missing"


class TemplateMalformed(DomainError):
    """Sections or recipients of a template do not go together; ``errors`` names each fault."""

    code = "bulletin_template.malformed"
    status = 422


class ListRuleMalformed(DomainError):
    """A rule lacks what its comparison needs; ``errors`` names each fault."""

    code = "bulletin_list_rule.malformed"
    status = 422
