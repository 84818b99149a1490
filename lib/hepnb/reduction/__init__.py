"""From events to the few numbers that are kept: the same pure functions in a notebook, in one process and on Spark."""
