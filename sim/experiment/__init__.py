"""What we ask: one run, the scenarios of a study, many members at once, or an ensemble of both.

``simulate`` makes one run and ``study`` the scenarios of one question; ``batch`` is the engine's door for many members, ``sweep`` labels
what it gives, and ``ensemble`` runs scenarios times members into a store, drawn by ``design`` and carried out by ``executors``.
"""
