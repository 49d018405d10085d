"""Instructions of leaders (批示) that became tracked matters (督办件, S28), and their printed papers."""
