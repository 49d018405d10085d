"""The template of five days: days as the law gives them, with the article that does.

A filing is no licence: it is made when the authority has all that is to be said, so there is nothing to promise.
Only the template changes; what regions adopted or set is theirs.
"""

import sqlalchemy as sa
from alembic import op

revision = "0022"
down_revision = "0020"
branch_labels = None
depends_on = None

_TEMPLATE = "city-5-days"
_PROMISE = "；市级审批5个工作日内办结"
_LICENCE_LAW = "行政许可法第四十二条"
# code, days before and after, promise before and after, basis before and after.
_MATTERS = (
    (
        *("project-approval", 20, 20, 5, 5),
        "企业投资项目核准和备案管理条例第十二条",
        "企业投资项目核准和备案管理条例第十条：自受理之日起20个工作日",
    ),
    (
        *("project-filing", 20, 1, 5, 1),
        "企业投资项目核准和备案管理条例第十三条",
        "企业投资项目核准和备案管理条例第十三条：收到全部信息即为备案",
    ),
    *(
        (code, 20, 20, 5, 5, _LICENCE_LAW, f"{_LICENCE_LAW}：自受理之日起20日，按工作日计")
        for code in ("land-preview", "land-planning", "works-planning")
    ),
    ("works-permit", 7, 7, 5, 5, "建筑法第八条", "建筑法第八条：自收到申请之日起7日，按工作日计"),
    (
        *("soil-conservation", 20, 10, 5, 5),
        _LICENCE_LAW,
        "生产建设项目水土保持方案管理办法（水利部令第53号）第十六条：自受理之日起10个工作日",
    ),
)

_matter = sa.table(
    "approval_matter",
    *(sa.column(name) for name in ("code", "template", "statutory_days", "promised_days", "source")),
)


def _set(code: str, statutory: int, promised: int, source: str) -> None:
    op.execute(
        _matter.update()
        .where(_matter.c.template == _TEMPLATE, _matter.c.code == code)
        .values(statutory_days=statutory, promised_days=promised, source=source)
    )


def _source(basis: str, promised: int) -> str:
    return basis + _PROMISE if promised == 5 else basis


def upgrade() -> None:
    for code, _, statutory, _, promised, _, basis in _MATTERS:
        _set(code, statutory, promised, _source(basis, promised))


def downgrade() -> None:
    for code, statutory, _, promised, _, basis, _ in _MATTERS:
        _set(code, statutory, promised, basis + _PROMISE)
