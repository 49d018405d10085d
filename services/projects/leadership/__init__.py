"""Leadership of projects (S5): key projects, lead officials, task forces, and the gaps among the four "one"s."""
