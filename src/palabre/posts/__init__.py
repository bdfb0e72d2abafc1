"""Writing, replying, reposting, liking, bookmarking and deleting posts."""
