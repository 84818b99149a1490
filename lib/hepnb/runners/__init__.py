"""Where work runs: in this process, in several, or, from the room above, on Spark."""
