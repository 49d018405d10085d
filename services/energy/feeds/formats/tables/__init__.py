"""Tables of load curves as people and utilities export them: any layout whose headings can be told."""
