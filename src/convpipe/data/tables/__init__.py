"""Tables of columns, read from delimited text or Parquet files."""
