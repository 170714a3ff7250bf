"""Rules of Shanxi province. Values of the province stand in parameters/*.yaml; texts that differ stand here."""
