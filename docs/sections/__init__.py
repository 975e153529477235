"""What the generated sections of README and docs are made of, one module for each subject."""
