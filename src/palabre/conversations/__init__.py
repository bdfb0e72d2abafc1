"""Conversations among those whom their posts mention: one line for each member and thread."""
