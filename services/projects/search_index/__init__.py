"""The index behind the search of the information database (S29).

Lowest of the slices, so that each can keep its own entries in the transaction of the change, by ``index_entry``
and ``remove_entry`` of :mod:`services.projects.search_index.service`. The search itself stands high.
"""
