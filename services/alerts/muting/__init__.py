"""What keeps alerts quiet.

Silences, inhibition rules and maintenance windows, each with who, why and until when.
"""
