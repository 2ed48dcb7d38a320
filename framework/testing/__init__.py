"""Definitions tried on events: what they would have told."""
