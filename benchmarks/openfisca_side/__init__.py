"""The same provisions for openfisca-core, written as its own style asks; runs in an environment of its own.

Nothing here imports minzheng: the two sides share Parquet files and a date.
"""
