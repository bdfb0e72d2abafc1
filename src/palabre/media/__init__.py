"""Pictures: uploads made harmless in a confined process, their descriptions, and where their files are kept.

Deliberately light: the confined process imports this package, and must not pay for the rest of the server.
"""
