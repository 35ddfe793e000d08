# SPDX-License-Identifier: Apache-2.0
"""A figure in a paper's column, 3.5 inches wide: profit by policy with its interval over worlds.

    /usr/bin/python3 python/examples/figure.py [figure.pdf]
"""

import sys

try:
    import matplotlib
except ImportError:
    print("skipped: matplotlib is not installed (package python3-matplotlib)")
    sys.exit(77)

import dcat

matplotlib.use("Agg")
import matplotlib.pyplot as plt  # noqa: E402

plt.rcParams.update({"font.size": 8, "axes.spines.top": False, "axes.spines.right": False, "pdf.fonttype": 42})

if __name__ == "__main__":
    policies = ["random:rea", "kmeans:rea", "linkage:rea", "linkage:rea-s", "a2c:rea-s"]
    found = dcat.compare("paper", policies, worlds=5, cycles=24)
    rows = found.rows[found.rows["profit"].argsort()]
    figure, axes = plt.subplots(figsize=(3.5, 1.8), layout="constrained")
    axes.barh(rows["policy"], rows["profit"] / 1e6, xerr=rows["profit_ci"] / 1e6, color="#0072b2", height=0.6,
              error_kw={"elinewidth": 0.8, "capsize": 2})  # fmt: skip
    axes.set_xlabel("profit a cycle, million")
    figure.savefig(sys.argv[1] if len(sys.argv) > 1 else "figure.pdf")
