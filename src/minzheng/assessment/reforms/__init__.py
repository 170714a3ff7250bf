"""What would change if the law did: a city under the law in force and under a reform, counted and compared.

A reform is an overlay (`overlay`). `simulate` runs a city under both sides; `desk` keeps a city at hand and moves
sliders. `measures` says what is read from a run, `tally` counts it, `report` puts it into words and numbers.
"""
