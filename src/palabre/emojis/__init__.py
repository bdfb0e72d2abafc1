"""Custom emojis: small pictures of the network that stand for a word between colons."""
