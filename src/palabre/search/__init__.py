"""Finding posts by their words: of those who allow it, and what is one's own."""
