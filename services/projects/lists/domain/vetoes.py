"""Vetoes (一票否决, S23): while one stands against an enterprise it is neither honoured nor rewarded."""

from enum import StrEnum


class VetoGround(StrEnum):
    """能耗 energy, 安全 safety, 环保 environment, 诚信 honesty, 欠薪 wages, 其他 other."""

    ENERGY = "energy"
    SAFETY = "safety"
    ENVIRONMENT = "environment"
    HONESTY = "honesty"
    WAGES = "wages"
    OTHER = "other"
