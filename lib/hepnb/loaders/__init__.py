"""ROOT in, Arrow out: the only room that reads files of events."""
