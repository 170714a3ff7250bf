"""Casework: what every service line stands on. See docs/cases.md."""
