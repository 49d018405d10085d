"""Orderly use, its planning half (S21): users, yearly plans, checks, approval, and who is chosen for a gap."""
