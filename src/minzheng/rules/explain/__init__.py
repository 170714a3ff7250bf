"""The reference engine: one household at a time, obvious rather than fast, with its reasons."""
