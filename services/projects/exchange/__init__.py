"""Import, export, bulk edit and OC4IDS (S29): whole tables in and out, by the rules of one thing at a time."""
