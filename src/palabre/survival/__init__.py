"""What lets the network outlive its host: vaults of ciphertext, and coming back from them."""
