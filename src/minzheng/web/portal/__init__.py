"""What residents see: the anonymous check, applying, following a case, decisions, payments. Phone first, no script needed."""
