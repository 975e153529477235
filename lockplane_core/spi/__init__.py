"""What plugins fill: hook specifications and the few classes that they return."""
