"""Where the network is, signed: the beacon that apps follow when an origin is gone, and the proofs of its origins."""
