"""Pure functions on numbers and arrays: the only place where a referee looks."""
