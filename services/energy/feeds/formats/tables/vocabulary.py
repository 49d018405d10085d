"""What columns are headed with, in the plain form of ``headings.plain``; the more telling word first."""

from __future__ import annotations

from typing import Final


def words(text: str) -> tuple[str, ...]:
    """The words between blanks."""
    return tuple(text.split())


# The narrower name first: a customer may have several metering points, a point several meters in its time.
METERS: Final = (
    words("meter_no meterno meter_number meterid meter_id meter 表号 电表号 电表编号 电能表编号 电能表号"),
    words("表计号 表计编号 仪表编号 电表 表计"),
    words(
        "meter_point metering_point 计量点编号 计量点号 计量点 测量点编号 测量点号 测量点 mpid mpan nmi point_id"
    ),
    words("资产编号 资产号 电能表资产号 表资产号 表计资产号 电表资产号 局编号 出厂编号 asset_no asset serial_no"),
    words("户号 用户编号 用户号 客户编号 客户号 用电户号 用户户号 consumer_no account_no account"),
)
DATES: Final = words(
    "日期 数据日期 统计日期 采集日期 抄表日期 冻结日期 用电日期 年月日 date day data_date reading_date"
)
CLOCKS: Final = words("时刻 时点 时间点 时段 点号 点数 序点 采集点 time_of_day clock point slot period")
STARTS: Final = words("at start interval_start start_time starttime from 开始时间 起始时间 时段开始")
ENDS: Final = words("end interval_end end_time endtime to 结束时间 截止时间 终止时间 时段结束")
STAMPS: Final = words(
    """时间 数据时间 采集时间 冻结时间 抄表时间 时标 数据时标 日期时间 time timestamp datetime date_time ts stamp
    reading_time"""
)
VALUES: Final = words(
    """value reading power load energy consumption 值 数值 数据值 采集值 读数 有功功率 瞬时有功 有功 正向有功
    反向有功 功率 负荷 用电负荷 电力 电量 用电量 正向有功电量 反向有功电量 正向有功功率 反向有功功率 无功功率
    正向无功 反向无功 示数 示值 表底 表码 正向有功示数 反向有功示数 正向有功总"""
)
UNITS: Final = words("单位 计量单位 unit uom")
ITEMS: Final = words("数据项 数据项名称 数据类型 数据标识 指标 指标名称 类型 item quantity measure channel")
QUALITIES: Final = words("quality 质量 数据质量 质量码 质量标志 q")
