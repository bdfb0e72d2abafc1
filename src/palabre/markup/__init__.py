"""The text of a post: its links, mentions and hashtags, its length, and its HTML. Pure; no input or output."""
