"""四比擂台赛: contests of townships, departments, enterprises and projects (S8), with the energy veto (S23)."""
