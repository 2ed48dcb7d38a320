"""Takes a pipeline to Amazon EMR: the bundle, and the calls that start it there."""
