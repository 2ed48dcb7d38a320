"""Notifications: the outbox, the receivers, and what faults and kills leave of them."""
