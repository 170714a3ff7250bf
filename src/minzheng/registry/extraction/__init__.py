"""How `registry.extract` makes every fact of the vocabulary from the registry's rows, theme by theme, on arrays."""
