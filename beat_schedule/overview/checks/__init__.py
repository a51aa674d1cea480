"""What `hookbeat doctor` looks at, one thing a module; each says what is wrong and what to do."""
