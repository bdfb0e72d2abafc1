"""What members may do with everything that the network keeps about them: see it, and delete the account."""
