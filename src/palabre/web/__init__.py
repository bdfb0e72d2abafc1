"""The web app: pages rendered on the server, usable without a script."""
