"""Pure functions over the model: no I/O, no plugin, no clock."""
