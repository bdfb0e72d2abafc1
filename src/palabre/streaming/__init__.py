"""Live updates for apps: who listens to what, and which facts reach whom. Nobody is waited for."""
