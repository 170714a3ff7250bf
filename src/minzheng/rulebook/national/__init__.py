"""National rules: one module per instrument or chapter."""
