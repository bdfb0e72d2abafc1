"""Who follows, mutes and blocks whom."""
