"""What the platform costs, measured in one run beside openfisca-core and the machine's own limits.

`python -m benchmarks` (or `make bench`) writes docs/benchmarks.md, docs/benchmarks.json and a plot.
"""
