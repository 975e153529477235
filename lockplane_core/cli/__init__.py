"""The command line: parse options, call the API, show what came of it."""
