"""What clients of other systems trace, line by line: decoded alike whether it comes live or from a file."""
