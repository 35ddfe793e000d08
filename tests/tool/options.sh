#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# The page and the man page of options are what the option tables print, and the completions know them.
# shellcheck source=tests/support.sh
. "$SOURCE_DIR/tests/support.sh"

expect 0 help --options markdown
cmp out "$SOURCE_DIR/docs/options.md" || complain "docs/options.md: dcat help --options markdown prints another"
expect 0 help --options man
cmp out "$SOURCE_DIR/docs/man/dcat-options.1.scd" ||
    complain "docs/man/dcat-options.1.scd: dcat help --options man prints another"
expect 2 help --options pdf
holds err "got 'pdf'"

expect 0 help --options commands
mapfile -t commands <out
[ "${#commands[@]}" -ge 14 ] || complain "only ${#commands[@]} commands"
expect 0 help --options bash
cp out completion.bash
bash -n completion.bash || complain "the completion is no bash"
ln -s "$(command -v "$DCAT")" dcat
PATH=$PWD:$PATH
# What bash offers for words. Usage: offered WORD...; the last one is being typed.
offered() {
    bash -c '. ./completion.bash; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _dcat; printf "%s\n" "${COMPREPLY[@]}"' _ "$@"
}
[ "$(offered dcat expl)" = explain ] || complain "dcat expl is not completed"
[ "$(offered dcat compare --base)" = --baseline ] || complain "--base is not completed: $(offered dcat compare --base)"
[ "$(offered dcat compare het)" = hetero ] || complain "scenarios are not completed"
expect 0 help --options zsh
holds out '#compdef dcat'
holds out "'--baseline["
! command -v zsh >/dev/null || zsh -n out || complain "the completion is no zsh"
# Every option of every help is there.
for command in "${commands[@]}"; do
    case $command in bench | import) continue ;; esac
    expect 0 "$command" --help
    ! grep -n ' $' out || complain "the help of $command has lines that end in blanks"
    grep -oE -- '--[a-z][a-z-]+' out | grep -vxE -- '--(help|usage|version)' | sort -u >in_help
    grep -E "^    $command\)" completion.bash | grep -oE -- '--[a-z][a-z-]+' | sort -u >in_completion
    if comm -13 in_help in_completion | grep -qvx -- --help; then
        complain "$command completes what its help does not say"
    fi
done

finish
