"""Facts meet provisions: one household (decide), all of them (sweep), a reform (simulate), a past decision (replay)."""
