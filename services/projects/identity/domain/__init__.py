"""When an account is locked and which grants fit its role, without any I/O."""
