"""Home, local, hashtag and account timelines, threads, likes and bookmarks."""
