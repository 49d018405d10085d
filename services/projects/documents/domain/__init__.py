"""What a file may be and be called: pure rules on names and bytes."""
