"""What those who run the network tell all members."""
