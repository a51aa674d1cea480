"""Tests, in folders by their distance from the metal."""
