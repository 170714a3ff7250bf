"""Short messages to payees: the declared gateway and the client that speaks to it. Knows no table."""
