"""Lists of enterprises and pilots, the facts they are judged by, and vetoes (S14, S23, S24)."""
