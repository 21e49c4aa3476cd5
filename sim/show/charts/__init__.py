"""The figures, one module each: a table from the result, a drawing from the table."""
