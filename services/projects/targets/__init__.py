"""Targets (S7): trees, responsibility letters, monthly actuals, pace, assessments, settlements and who answers.

Every actual is pulled from where the fact is kept and opens to its rows; it is typed only where no source is.
"""
