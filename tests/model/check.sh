#!/bin/sh
# check.sh holds [RUN]      each run of checks.txt, searched to its end: no invariant breaks
# check.sh breaks [MUTANT]  each mutant of checks.txt breaks its invariant: a check that cannot fail is none
# check.sh show MUTANT      the way there: who did what; check.sh search BOUNDS...: other bounds, by hand
# One search at a time, in a folder of its own. MODEL_MEMORY_MB bounds it (900), MODEL_CPU_SECONDS too (300).
set -u
here=$(cd "$(dirname "$0")" && pwd)
memory=${MODEL_MEMORY_MB:-900}
seconds=${MODEL_CPU_SECONDS:-300}  # of CPU: a busy machine is no reason to fail
for tool in spin gcc; do
  command -v "$tool" >/dev/null || {
    echo "FAILED: $tool is missing, so nothing was checked; tools/setup --tests installs it" >&2
    exit 1
  }
done
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work" || exit 1

bounds_of() { awk -v name="$1" '$1 == "run" && $2 == name { $1 = $2 = ""; print }' "$here/checks.txt"; }

# search BOUNDS...: leaves what pan said in ./said. False if it could not even begin.
search() {
  defines=$(printf -- ' -D%s' "$@")
  kind=-DSAFETY options=
  case "$defines" in *CALM=1*) kind= options=-a ;; esac
  # There is one process per host and each step is a d_step on what all see: nothing to reduce.
  rm -f pan* said ./*.trail
  # shellcheck disable=SC2086
  spin $defines -a "$here/failover.pml" >translated 2>&1 &&
    gcc $optimise -w $kind -DNOREDUCE -DMEMLIM="$memory" -o pan pan.c >>translated 2>&1 || {
    cat translated >&2
    return 1
  }
  (ulimit -t "$seconds" && exec nice ./pan $options -m10000 -w22) >said 2>&1
  code=$?
  [ $code -eq 0 ] || echo "pan ended with $code (bounds: $seconds s of CPU, $memory MB)" >>said
}

# What the search came to: "holds", the name of what broke, or why it says nothing.
verdict() {
  broken=$(sed -n 's/.*assertion violated \([a-z_]*\).*/\1/p' said | head -n 1)
  if [ -n "$broken" ]; then
    echo "$broken"
  elif grep -q 'acceptance cycle' said; then
    echo answered_in_the_end
  elif grep -qE 'max search depth too small|out of memory|pan ended with|aborting|Search not completed' said; then
    echo "not searched to its end: $(grep -E 'depth too small|memory|ended with|aborting' said | head -n 1)"
  elif ! grep -q 'errors: 0$' said; then
    echo "no verdict"
  elif grep 'pml:' said | grep -qv -- '"-end-"'; then
    echo "a step is never taken: $(grep 'pml:' said | grep -v -- '"-end-"' | head -n 1)"
  else
    echo holds
  fi
}

figures() {
  awk '/states, stored/ { states = $1 } /total actual memory/ { memory = $1 }
       /depth reached/ { depth = $0; sub(/.*depth reached /, "", depth); sub(/,.*/, "", depth) }
       /elapsed time/ { time = $4 }
       END { printf "%9d states, depth %3d, %4d MB, %5.1f s", states, depth, memory, time }' said
}

# check WHAT EXPECTED BOUNDS...
check() {
  what=$1 expected=$2
  shift 2
  search "$@" || { echo "FAILED $what: the model does not translate" >&2; failed=1; return; }
  found=$(verdict)
  if [ "$found" = "$expected" ]; then
    printf '%-30s %-20s %s\n' "$what" "$found" "$(figures)"
  else
    echo "FAILED $what: $expected was expected, but: $found ($*)" >&2
    tail -n 25 said >&2
    failed=1
  fi
}

optimise=-O1
failed=0
done=0
case ${1:-} in
  holds)
    while read -r kind name bounds; do
      [ "$kind" = run ] && [ "${2:-$name}" = "$name" ] || continue
      # shellcheck disable=SC2086
      check "$name" holds $bounds
      done=$((done + 1))
    done <"$here/checks.txt" ;;
  breaks)
    optimise=-O0  # most are found at once, and translating takes longest
    while read -r kind name run breaks; do
      [ "$kind" = mutant ] && [ "${2:-$name}" = "$name" ] || continue
      # shellcheck disable=SC2046
      check "$name" "$breaks" $(bounds_of "$run") "$name"
      done=$((done + 1))
    done <"$here/checks.txt" ;;
  show)
    run=$(awk -v name="${2:-}" '$1 == "mutant" && $2 == name { print $3 }' "$here/checks.txt")
    # shellcheck disable=SC2046
    search $(bounds_of "$run") "${2:-}" && spin $defines -k failover.pml.trail -T "$here/failover.pml"
    exit ;;
  search)
    shift
    check "$*" holds "$@"
    done=1 ;;
  *)
    sed -n '2,5p' "$here/check.sh" >&2
    exit 2 ;;
esac
[ $done -gt 0 ] || { echo "FAILED: checks.txt has no such line" >&2; exit 1; }
exit $failed
