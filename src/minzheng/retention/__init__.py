"""Papers whose keeping time is over: listed, signed for by two people, removed for good, and the fact kept."""
