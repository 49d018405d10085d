"""Durable scheduler: every due time of a job is a row, run once in effect on however many instances."""

from libs.common.scheduler.job import CatchUp, Job, RetryPolicy
from libs.common.scheduler.runner import SchedulerRunner
from libs.common.scheduler.triggers import Trigger, cron, every, working_days

__all__ = ["CatchUp", "Job", "RetryPolicy", "SchedulerRunner", "Trigger", "cron", "every", "working_days"]
