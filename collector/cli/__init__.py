"""The command `clap`."""
