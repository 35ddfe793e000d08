#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Every command of README and docs runs as printed (pages.py); the ways in which a page can be wrong are seen.
# shellcheck source=tests/support_mpi.sh
. "$SOURCE_DIR/tests/support_mpi.sh"

! sanitized || skip "the commands are tested by themselves; a build without sanitizers tries the pages"
export OMPI_MCA_mpi_yield_when_idle=1 # processes that wait leave the cores to others
python3 "$SOURCE_DIR/tests/tool/pages.py" "$DCAT" work >out || complain "not every command of the pages runs: $(cat out)"
cat out

# A page of its own mistakes, in a checkout of its own.
mkdir -p wrong/tests/tool wrong/docs wrong/examples
cp "$SOURCE_DIR/tests/pages_inputs.sh" wrong/tests/
cat >wrong/README.md <<'END'
```
dcat validate paper
```

    dcat scenarios

```sh
for name in a b; do
    false && true
done
```

Then `dcat validate
chinanet --sett a=b`, and not `dcat compare SCENARIO`.
END
printf '```sh\ncd docs\ndcat validate paper\n\ndcat validate nobody   # a comment\n```\n' >wrong/docs/a.md
printf '```sh\nexport HERE=$PWD &&\n    cd examples\n[ "$HERE" != "$PWD" ]\nsudo anything\n```\n' >wrong/docs/b.md
touch wrong/CONTRIBUTING.md
printf 'never | docs/b.md | sudo | root\nfull | * | dcat nothing | never there\n' >wrong/tests/tool/pages.txt
if env SOURCE_DIR="$PWD/wrong" python3 "$SOURCE_DIR/tests/tool/pages.py" "$DCAT" work >out; then complain "wrong pages pass"; fi
holds out "FAILED: README.md:2: a command outside of a block fenced as sh: dcat validate paper"
holds out "FAILED: README.md:5: a command outside of a block fenced as sh: dcat scenarios"
holds out "FAILED: README.md:10: for name in a b"
holds out "FAILED: docs/a.md:5: dcat validate nobody"
lacks out "docs/b.md"
holds out "pages.txt: nothing begins so: full | * | dcat nothing"
holds out "1 are listed as not to be run"
sed -i '/^for/,/^done/d' wrong/README.md
if env SOURCE_DIR="$PWD/wrong" python3 "$SOURCE_DIR/tests/tool/pages.py" "$DCAT" work >out; then complain "wrong pages pass"; fi
holds out "dcat validate chinanet --sett a=b: exits with 2"
finish
