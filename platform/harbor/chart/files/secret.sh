# Makes a Secret of random values once. A Secret that is there is never written over: its readers hold the old value.
# secret.sh NAME KEY=RULE...   RULE: alnum:N (N letters and digits), hex:N (N bytes as hexadecimal digits), text:T (the text itself)
set -euo pipefail

name="$1"
shift

if kubectl get secret "$name" >/dev/null 2>&1; then
  echo "Secret $name is there; nothing to do"
  exit 0
fi

dir="$(mktemp -d)"
for entry in "$@"; do
  key="${entry%%=*}"
  rule="${entry#*=}"
  case "$rule" in
    alnum:*)
      pool="$(head -c 4096 /dev/urandom | base64 | tr -dc 'A-Za-z0-9')"
      printf '%s' "${pool:0:${rule#*:}}" >"$dir/$key"
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
