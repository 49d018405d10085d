"""Webhooks to systems outside: Standard Webhooks signing, allowed hosts, waits, delivery over HTTP.

The mechanism only: what is sent to whom, and how an attempt is recorded, is the service's to say.
"""
