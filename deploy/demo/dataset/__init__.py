"""The demo's data: facts of the source texts, and what was made up around them (docs/demo.md tells which).

Plain records without any REST schema; `deploy.demo.client` turns them into requests.
"""
