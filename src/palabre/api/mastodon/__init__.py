"""The Mastodon client API: one module per group of methods, one entity per module in ``entities``."""
