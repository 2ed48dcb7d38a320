"""Checked values to the model, one kind a file."""
