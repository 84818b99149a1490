"""Collisions from first principles: Pythia, and a detector that answers as Delphes's CMS does."""
