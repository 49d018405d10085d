"""Documents: files of any aggregate (a project, a meeting, an approval case), kept beside it in the database."""
