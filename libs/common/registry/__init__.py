"""The replica of the registry: regions, units, people, enterprises, credentials and the calendar.

The projects service owns these facts and publishes them on compacted topics; every other service keeps a copy
in its own database, so that it verifies callers and finds the person responsible while projects is down.
"""
