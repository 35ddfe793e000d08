# SPDX-License-Identifier: Apache-2.0
"""A run folder of `dcat simulate` in pandas, and in DuckDB where it is installed."""

import os
import subprocess
import sys
import tempfile

try:
    import pandas as pd
except ImportError:
    print("skipped: pandas is not installed (package python3-pandas)")
    sys.exit(77)

tool = os.environ.get("DCAT", "dcat")

if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as place:
        run = f"{place}/run"
        subprocess.run([tool, "simulate", "paper", "--cycles", "24", "--tasks", "--servers", "--quiet", "--out", run],
                       check=True, stdout=subprocess.DEVNULL)  # fmt: skip
        cycles, tasks = pd.read_csv(f"{run}/cycles.csv"), pd.read_csv(f"{run}/tasks.csv")
        assert len(cycles) == 24 and len(tasks) == cycles["arrived"].sum()
        print(cycles[["arrived", "awarded", "profit"]].describe().round(1))
        print(tasks.groupby("outcome").size())
        try:
            import duckdb
        except ImportError:
            print("duckdb is not installed; its query would be the same words")
        else:
            print(duckdb.sql(f"select outcome, count(*) from '{run}/tasks.csv' group by outcome"))
