"""The two disability subsidies."""
