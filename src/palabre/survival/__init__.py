"""What lets the network outlive its host: standbys with every write, vaults of ciphertext, and the way back."""
