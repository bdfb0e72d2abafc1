"""Vaults: copies of the network, encrypted to a key that it does not have, in places that nobody has to trust."""
