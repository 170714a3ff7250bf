"""Appointments at offices: hours, windows, slots, and the queue of the day. Knows no service: an office has a kind."""
