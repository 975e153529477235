"""The nouns of Lockplane as frozen values: no I/O, no behaviour beyond reading themselves."""
