"""A plan as Beam transforms: read, decode, map zones, aggregate, merge, close, write."""
