"""What Hydra finds of throughflow by itself; the folder above has no ``__init__``, as it is shared with other packages."""
