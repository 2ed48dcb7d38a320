"""Tells others what becomes of episodes: an outbox in the store, and receivers, at least once each."""
