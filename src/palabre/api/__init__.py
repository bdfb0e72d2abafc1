"""What apps talk to: the Mastodon client API, OAuth, discovery, health."""
