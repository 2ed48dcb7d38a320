"""The steps of a tick as Beam transforms, one a file."""
