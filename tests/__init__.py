"""The tests. Where every core has its worker, threads of linear algebra only wait for each other."""

import os

for _name in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS"):  # before numpy is imported
    os.environ.setdefault(_name, "1")
