"""What we ask: one run, the scenarios of a study, many members at once, or an ensemble of both.

``simulate`` makes one run and ``study`` the scenarios of one question; ``batch`` is the engine's door for many members and
``sweep`` labels what it gives; ``ensemble`` runs scenarios times members, drawn by ``design``, into a store.
"""
