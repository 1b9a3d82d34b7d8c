"""Tables of columns, whatever file they stand in: delimited text or Parquet."""
