"""The shapes of Mastodon 4.6: one Struct and one pure renderer per entity, every attribute there."""
