"""What does a user's notebook server do that a plain one does not?"""
