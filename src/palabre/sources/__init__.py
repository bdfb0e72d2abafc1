"""Feeds that accounts are fed from: each new entry of an RSS or Atom feed becomes one post."""
