"""What an instruction is about, who may decide on it, when it is near or late, and what its papers say."""
