"""Use cases of the ledger: each changes one project, keeps its history and records its event."""
