"""``palabre bench``: what a server costs per request, measured from outside, with the answers checked."""
