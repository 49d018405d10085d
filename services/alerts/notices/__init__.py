"""Notices of documents (通知) and the proof that they were received."""
