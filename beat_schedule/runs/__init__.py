"""Everything around one run, from its message to its record."""
