"""The office, the portal and the API: pages ask, check form, and show. No threshold, no query of its own."""
