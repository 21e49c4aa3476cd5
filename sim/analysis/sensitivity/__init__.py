"""Which unknowns matter: indices of sensitivity of vectors of outputs, arrays in and arrays out.

Screening (``morris``), shares of variance by design (``sobol``) and from any sample (``given``).
"""
