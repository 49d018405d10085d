"""Plants hang on nodes that exist, figures say who stated them, factors say where they come from."""

import sqlalchemy as sa
from alembic import op

revision = "0084"
down_revision = "0080"
branch_labels = None
depends_on = None

_STANDARD = "GB/T 2589-2020 附录A"
# What the shipped rows said of all factors alike. The standard gives natural gas and coke oven gas as ranges, and
# its edition of 2020 has no row for low-pressure steam any more: it is converted by its heat.
_SOURCES = {
    "natural_gas": f"{_STANDARD} 1.1000～1.3300，取2008版气田天然气 35544 kJ/m³",
    "coke_oven_gas": f"{_STANDARD} 0.5714～0.6143，取下限 16747 kJ/m³",
    "steam": "GB/T 2589-2008 附录A 低压蒸汽 3763 MJ/t；2020版按热量 0.03412 kgce/MJ 折算",
    "electricity": f"{_STANDARD} 当量值 3600 kJ/kWh",
    "heat": f"{_STANDARD} 当量值",
}
_UNTOUCHED = "carrier_code = :code AND kind = 'equivalent' AND changed_by = 'system' AND version = 1"


def upgrade() -> None:
    bind = op.get_bind()
    _demand_nodes(bind)
    op.create_foreign_key(
        op.f("fk_plant_connection_node_id_grid_node"), "plant_connection", "grid_node", ["node_id"], ["id"]
    )
    # Until now only offices could enter figures.
    op.add_column("energy_figure", sa.Column("origin", sa.String(), nullable=False, server_default="office"))
    op.alter_column("energy_figure", "origin", server_default=None)
    op.create_check_constraint(
        op.f("ck_energy_figure_origin"), "energy_figure", "origin IN ('enterprise', 'office')"
    )
    for code, source in _SOURCES.items():
        _say(bind, code, source)


def downgrade() -> None:
    bind = op.get_bind()
    for code in _SOURCES:
        _say(bind, code, _STANDARD)
    op.drop_constraint(op.f("ck_energy_figure_origin"), "energy_figure", type_="check")
    op.drop_column("energy_figure", "origin")
    op.drop_constraint(op.f("fk_plant_connection_node_id_grid_node"), "plant_connection", type_="foreignkey")


def _demand_nodes(bind: sa.Connection) -> None:
    """Raises RuntimeError naming the plants whose node was removed: only their office knows where they feed."""
    lost = bind.execute(
        sa.text(
            "SELECT plant.code, c.node_code, c.valid_from FROM plant_connection AS c "
            "JOIN plant ON plant.id = c.plant_id "
            "WHERE NOT EXISTS (SELECT 1 FROM grid_node WHERE grid_node.id = c.node_id) ORDER BY 1, 3"
        )
    ).all()
    if lost:
        named = "; ".join(f"{plant} since {since} at {node}" for plant, node, since in lost)
        raise RuntimeError(
            f"plants are connected to nodes that were removed: {named}; connect them to a node from the same day on "
            "(POST /v1/plants/{code}/connections), or register the node anew and connect them to it"
        )


def _say(bind: sa.Connection, code: str, source: str) -> None:
    bind.execute(
        sa.text(f"UPDATE energy_factor SET source = :source WHERE {_UNTOUCHED}"),  # noqa: S608 - our own words
        {"code": code, "source": source},
    )
