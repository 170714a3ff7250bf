"""Orphans, children nobody in fact raises, study aid, children left behind."""
