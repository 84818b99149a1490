"""Learning: the only room that imports keras."""
