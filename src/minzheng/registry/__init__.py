"""Persons, households, divisions and dated facts with their source, in two times. Knows no law."""
