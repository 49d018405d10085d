"""The national monitoring of key energy users as its devices speak it: register, then upload."""
