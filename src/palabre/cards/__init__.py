"""Cards: what a linked page says of itself, kept once for all posts that link it."""
