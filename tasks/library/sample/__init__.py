"""A believable library to try things on."""
