"""The public API, version 1: other systems hand in applications and read status and decisions, each with its own key."""
