"""Archives of everything that the network keeps for a member, which Palabre takes whole and Mastodon as it can."""
