"""The five rates (S3) as of any day, by any grouping, with the projects behind each figure."""
