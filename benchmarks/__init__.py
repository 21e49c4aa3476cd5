"""How fast throughflow is, against other engines on the same models: ``python -m benchmarks``.

Every figure comes from one interleaved session (all engines in turn, several rounds, medians), because the ratios are the
result: machines differ, and a shared one differs from minute to minute.
"""
