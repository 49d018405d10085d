"""Duties: what a unit and a person owe by a day, be it a problem, an action item or an instruction.

The slices above keep their own things; what all of them share stands here: the steps from open to verified
closing, deadlines in working days, the rules that are data, the trail, and when a duty is overdue.
"""
