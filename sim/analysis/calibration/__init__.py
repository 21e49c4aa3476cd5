"""How well a model tells history, and what history says of its constants: likelihood, sampling, weights, statistics of fit.

Everything here works on arrays. What a model gives for a place is asked of a function that ``sim.experiment`` supplies.
"""
