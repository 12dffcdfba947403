# Makes a Secret of random values once. A Secret that is there is never written over: its readers hold the old value.
# secret.sh NAME KEY=RULE...   A RULE is one of:
#   alnum:N      N letters and digits
#   strong:N     N of them and one sign of each class that password checks ask for
#   prefixed:P:N the text P and N of them
#   hex:N        N bytes as hexadecimal digits
#   text:T       the text T itself
set -euo pipefail

name="$1"
shift

if kubectl get secret "$name" >/dev/null 2>&1; then
  echo "Secret $name is there; nothing to do"
  exit 0
fi

alnum() {
  pool="$(head -c 4096 /dev/urandom | base64 | tr -dc 'A-Za-z0-9')"
  printf '%s' "${pool:0:$1}"
}

dir="$(mktemp -d)"
for entry in "$@"; do
  key="${entry%%=*}"
  rule="${entry#*=}"
  case "$rule" in
    alnum:*)
      alnum "${rule#*:}" >"$dir/$key"
      ;;
    strong:*)
      printf '%s-aA1' "$(alnum "${rule#*:}")" >"$dir/$key"
      ;;
    prefixed:*)
      rest="${rule#*:}"
      printf '%s%s' "${rest%:*}" "$(alnum "${rest##*:}")" >"$dir/$key"
      ;;
    hex:*)
      head -c "${rule#*:}" /dev/urandom | od -An -v -tx1 | tr -d ' \n' >"$dir/$key"
      ;;
    text:*)
      printf '%s' "${rule#*:}" >"$dir/$key"
      ;;
    *)
      echo "no rule: $rule" >&2
      exit 2
      ;;
  esac
done

# From files, so that no value stands on a command line.
kubectl create secret generic "$name" --from-file="$dir"
