"""Driving whole courses: worked cases put into a registry, officers playing their parts on given days."""
