"""The receivers of notifications, one a file."""

from framework.notify.receivers.opening import open_channels

__all__ = ["open_channels"]
