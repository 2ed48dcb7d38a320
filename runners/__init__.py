"""Ways to run ticks: the driver that names and commits them, and what executes them."""
