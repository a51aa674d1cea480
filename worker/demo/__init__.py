"""The whole chain on one machine: `hookbeat demo`."""
