"""Conditions: what is overdue, stalled or missing, from opening to clearing, whatever it is about.

The slice whose rule found it says so by :func:`services.projects.conditions.service.settle`; this one keeps it
once, tells it once, and shows it.
"""
