"""The rules of the network, and reports of what breaks them."""
