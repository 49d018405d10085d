"""What can go wrong with the grid."""

from libs.common.web.problems import DomainError


class GridNodeNotFound(DomainError):
    """No node of this code that the caller may see."""

    code = "grid.node_not_found"
    status = 404


class GridRowNotFound(DomainError):
    """No such row that the caller may see: a link, a capacity, a share, a placement, a rule or works."""

    code = "grid.row_not_found"
    status = 404


class GridCodeTaken(DomainError):
    """Another node has this code, or belongs to this project."""

    code = "grid.code_taken"


class GridRegionInvalid(DomainError):
    """Not a region's code."""

    code = "grid.region_invalid"
    status = 422


class GridRegionOutOfReach(DomainError):
    """The region is not in the caller's subtree."""

    code = "grid.region_out_of_reach"
    status = 403


class GridSpanInverted(DomainError):
    """It would end before it begins."""

    code = "grid.span_inverted"


class GridParentUnfit(DomainError):
    """A node of this kind does not hang under one of that kind."""

    code = "grid.parent_unfit"


class GridParentOverlaps(DomainError):
    """The node hangs under another one at that time: one at a time."""

    code = "grid.parent_overlaps"


class GridCircle(DomainError):
    """The node would hang under itself."""

    code = "grid.circle"


class GridNodeInUse(DomainError):
    """Something hangs on the node after the day it would end."""

    code = "grid.node_in_use"


class GridNodeReferred(DomainError):
    """A node, a meter, a project or a plant hangs or hung on it: it is given its end instead."""

    code = "grid.node_referred"


class GridTreeTooLarge(DomainError):
    """More nodes than one answer holds; ask for the tree below a node."""

    code = "grid.tree_too_large"


class GridShareOverlaps(DomainError):
    """The node has an unmetered share at that time."""

    code = "grid.share_overlaps"


class GridCapacityOfProject(DomainError):
    """The capacity came with a project and goes with it."""

    code = "grid.capacity_of_project"


class PlacementUnfit(DomainError):
    """The meter does not measure active power, or is computed from others."""

    code = "grid.placement_unfit"


class PlacementOverlaps(DomainError):
    """The meter hangs somewhere else at that time."""

    code = "grid.placement_overlaps"


class GridRuleMissing(DomainError):
    """No rule holds for the region on the day."""

    code = "grid.rule_missing"


class GridWorksWithoutCapacity(DomainError):
    """The project adds no capacity, so there is no node to say it for."""

    code = "grid.works_without_capacity"


class GridTableUnreadable(DomainError):
    """The file is no table of nodes or of placements."""

    code = "grid.table_unreadable"
    status = 422


class GridTableRefused(DomainError):
    """Cells of the table have faults; nothing was changed."""

    code = "grid.table_refused"
    status = 422
