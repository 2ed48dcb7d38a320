"""The definitions under `examples/`, on the data they are for."""
