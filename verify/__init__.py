"""Data: two stores compared, table by table, down to the row and the column."""
