"""What approvals take and answer. Days are local, spans are working days."""
