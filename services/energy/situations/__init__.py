"""Situations: what asks for people beside the meters, from opening to clearing, whatever it is about.

The slice whose rule found it says so by :func:`services.energy.situations.service.settle`; this one keeps it once,
tells it once, and shows it.
"""
