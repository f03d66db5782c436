"""What officers decide on letters and task forces, for the command line and for a platform."""
