"""Headings of the tables that people take away, in both languages."""

RECORDS: dict[str, tuple[str, ...]] = {
    "zh-CN": (
        *("类型", "状态", "统一社会信用代码", "企业", "行政区划", "名称", "编号", "等级", "年度", "金额（元）"),
        *("起始日期", "截止日期", "证明材料"),
    ),
    "en": (
        *("Kind", "Status", "Credit code", "Enterprise", "Region", "Title", "Number", "Grade", "Year"),
        *("Amount (yuan)", "From", "Until", "Evidence"),
    ),
}
NOMINATIONS: dict[str, tuple[str, ...]] = {
    "zh-CN": ("评选", "年度", "被推荐人", "职务", "统一社会信用代码", "企业", "状态", "名次", "得分", "一票否决"),
    "en": (
        *("Round", "Year", "Nominee", "Post", "Credit code", "Enterprise", "Status", "Place", "Points"),
        "Vetoes",
    ),
}
