"""What the model does: arrays only — kernel contract, code generation, integration.

Two kernels mean the same: ``codegen`` writes readable NumPy, which ``methods`` and ``adaptive`` integrate; ``lowering`` unrolls
the model into a ``graph``, from which ``assembly`` writes LLVM text that ``compiled`` runs over many members.
"""
