"""Bringing values into force: a proposal, the list of whom it affects, two signatures over that list, and taking back.

`models` hold what was proposed, whom it affects, who signed, what is in force; `law` lays what is in force over the
files of the rulebook; `pricing` asks the reform desk whom a proposal affects; `actions` and `queries` as everywhere.
"""
