"""What a member is told about: follows, requests, mentions, replies, reposts, likes."""
