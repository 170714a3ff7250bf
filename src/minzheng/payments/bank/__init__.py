"""The bank's side of payments, without tables: file formats, return files, and the one door to the bank's host.

Nothing here knows Django or a clock: what is to be paid comes in as a `Batch`, what the bank says comes out as a
`Reading`. `docs/bank.md` describes every file field by field.
"""
