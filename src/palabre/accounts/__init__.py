"""Accounts, local and remote, their profiles, and how people sign in."""
