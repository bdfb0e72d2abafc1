"""Webhooks: what other programs post here by a secret address, and what they are told of."""
