"""Payroll, ledger, bank files and returns: from what is due to what the bank booked."""
