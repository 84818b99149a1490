"""Arrays in, matplotlib Figure out: the only room that imports matplotlib."""
