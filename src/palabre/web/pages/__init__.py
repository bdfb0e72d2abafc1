"""One module a group of pages; each ends in the tuple of its routes."""
