"""The language provisions are written in: declarations, words, and the nodes they make."""
