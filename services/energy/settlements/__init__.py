"""The settlement of a year of orderly use (S21): what each enterprise gave, missed, is owed and owes."""
