"""Will the platform run here, and what is to be done where it will not?"""
