"""Which Spark does a user want: the one door to all of them."""
