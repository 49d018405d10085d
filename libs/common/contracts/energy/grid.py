"""The grid's nodes: registered and changed (S17, S25)."""

from datetime import date
from typing import ClassVar
from uuid import UUID

from libs.common.contracts.base import EventPayload, Topic
from libs.common.contracts.energy.owner import OWNER

GRID_NODE = Topic(
    "energy.grid_node.v1", OWNER, "Areas, substations, transformers and feeders: registered and changed"
)


class GridNodePayload(EventPayload):
    """A node as it is on the day of the event.

    ``capacity_mva`` is what is recorded of the node itself, absent where nothing is; ``valid_to`` is exclusive.
    """

    topic: ClassVar[Topic] = GRID_NODE

    node_id: UUID
    kind: str
    code: str
    name: str
    region_code: str
    voltage_kv: float | None = None
    parent_code: str | None = None
    capacity_mva: float | None = None
    project_id: UUID | None = None
    valid_from: date
    valid_to: date | None = None


class GridNodeRegisteredV1(GridNodePayload):
    event_type: ClassVar[str] = "energy.grid_node.registered.v1"


class GridNodeChangedV1(GridNodePayload):
    """``changed`` names what is other from ``effective_from`` on: a fact, parent, capacity or unmetered share."""

    event_type: ClassVar[str] = "energy.grid_node.changed.v1"

    changed: tuple[str, ...]
    effective_from: date | None = None
    reason: str | None = None


class GridNodeRemovedV1(GridNodePayload):
    """The node was registered by mistake: nothing ever hung on it."""

    event_type: ClassVar[str] = "energy.grid_node.removed.v1"


EVENTS: tuple[type[EventPayload], ...] = (GridNodeRegisteredV1, GridNodeChangedV1, GridNodeRemovedV1)
