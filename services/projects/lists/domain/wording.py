"""Headings of the tables that people take away, in both languages."""

MEMBERS: dict[str, tuple[str, ...]] = {
    "zh-CN": (
        *("名单编号", "名单", "类型", "统一社会信用代码", "企业", "行政区划", "进入日期", "退出日期", "退出原因"),
        *("准入判定", "准入说明", "进展应报日"),
    ),
    "en": (
        *(
            "List code",
            "List",
            "Kind",
            "Credit code",
            "Enterprise",
            "Region",
            "Entered",
            "Left",
            "Left because",
        ),
        *("Entry verdict", "Entry note", "Progress due"),
    ),
}
