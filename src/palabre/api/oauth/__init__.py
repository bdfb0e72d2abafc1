"""OAuth 2: apps register, members consent, tokens are given and taken back."""
