"""What verbs show on a terminal."""
