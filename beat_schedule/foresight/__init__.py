"""What a schedule will do: reckoned from the entries alone, without Redis and without a record."""
