"""The demonstration city: invented people, generated from a seed, with a truth known beforehand.

Knows nothing of the rulebook: what it plants it judges by its own reading of the clauses (`truth`).
"""
