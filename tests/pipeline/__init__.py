"""The pipeline as a whole: the same documents whatever the batches, the faults and the input."""
