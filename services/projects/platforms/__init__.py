"""Signing in from within 企业微信 and 钉钉, by an identity there that is linked to an account."""
