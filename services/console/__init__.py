"""The console: the page people work with, and the one address under which it finds the three services.

It owns nothing: no database, no topic, no rule. What it shows and does goes through the services' own APIs.
"""
