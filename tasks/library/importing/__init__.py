"""Three CSV files taken over into the library: read, judged line by line, compared, kept."""
