"""What a member does not want to read: words and single posts, and what is done about them."""
