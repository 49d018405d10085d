"""Who may call: accounts, sign-in, the embedded issuer's keys, API keys and revocations."""
