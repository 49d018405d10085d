"""Orderly use carried out (S21): activations, notices, tracking, verification, the report of the day."""
