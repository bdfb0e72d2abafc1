"""Palabre's own methods: what Mastodon's API has no words for."""
