"""A copy of a whole installation, and the way back: manifest, making, restoring. Keys are never part of a copy."""
