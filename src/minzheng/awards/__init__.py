"""Who receives what, from when to when."""
