"""Headings of the tables that people take away, in both languages."""

APPLICATIONS: dict[str, tuple[str, ...]] = {
    "zh-CN": (
        *("申请编号", "政策编号", "政策", "类型", "年度", "统一社会信用代码", "企业", "行政区划", "状态"),
        *(
            "申请金额（元）",
            "核算金额（元）",
            "批准金额（元）",
            "已付（元）",
            "已追回（元）",
            "受理日期",
            "决定日期",
        ),
    ),
    "en": (
        *("Application", "Policy code", "Policy", "Kind", "Year", "Credit code", "Enterprise", "Region", "Status"),
        *("Requested (yuan)", "Computed (yuan)", "Approved (yuan)", "Paid (yuan)", "Clawed back (yuan)"),
        *("Submitted", "Decided"),
    ),
}
SUMMARY: dict[str, tuple[str, ...]] = {
    "zh-CN": (
        "分组",
        "名称",
        "申请数",
        "批准数",
        "申请金额（元）",
        "批准金额（元）",
        "已付（元）",
        "已追回（元）",
    ),
    "en": (
        *("Group", "Name", "Applications", "Granted", "Requested (yuan)", "Approved (yuan)"),
        *("Paid (yuan)", "Clawed back (yuan)"),
    ),
}
NEEDS: dict[str, tuple[str, ...]] = {
    "zh-CN": (
        *("需求编号", "用途", "行政区划", "状态", "需求金额（元）", "已授信（元）", "缺口（元）", "需落实日期"),
    ),
    "en": (
        *("Need", "Purpose", "Region", "Status", "Amount (yuan)", "Granted (yuan)", "Gap (yuan)", "Needed by"),
    ),
}
