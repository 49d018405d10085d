"""What can go wrong with a stack, each with what to do about it. The command prints these, never a traceback."""


class StackError(Exception):
    """`message` says what is wrong, `advice` what the reader can do."""

    def __init__(self, message: str, advice: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.advice = advice


class PortInUse(StackError):
    def __init__(self, port: int, wanted_by: str, owner: str, suggestion: int) -> None:
        super().__init__(
            f"Port {port}, wanted by {wanted_by}, is in use by {owner}.",
            f"Stop it, or choose other ports: --port-base {suggestion}",
        )
        self.port = port


class DiskFull(StackError):
    def __init__(self, directory: str, free_mb: int, needed_mb: int) -> None:
        super().__init__(
            f"Only {free_mb} MB are free for {directory}; the stack needs at least {needed_mb} MB.",
            "Free some space, or choose another place: --data DIR",
        )


class ForeignData(StackError):
    """The directory holds data that this version cannot or must not open."""


class BackupDamaged(StackError):
    """A file of a backup is missing or is not what was written."""


class StartFailed(StackError):
    """A process did not become ready; the message ends with the last lines of its log."""
