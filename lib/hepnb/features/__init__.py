"""From Delphes events to what networks learn from: the same pure functions in a notebook and in the job."""
