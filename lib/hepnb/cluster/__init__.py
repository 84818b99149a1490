"""What the site offers: sizes, Java, Spark settings. Standard library only."""
