"""Palabre: a social network that nobody can switch off, rob or quietly censor."""

__version__ = "0.1.0"
