"""From Hydra's files and overrides to the frozen domain objects of an experiment.

``composition`` lets Hydra compose and reports its refusals as ours; ``screen`` keeps scenario files data; the other
modules read one part of the composed config each, collecting every problem; ``job`` puts the parts together.
``listing`` writes the shipped files that repeat the model's own constants.
"""
