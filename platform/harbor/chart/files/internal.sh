# Makes the keys that the parts of Harbor know each other by, once. A Secret that is there is never written over: its readers hold the
# old values.
# internal.sh NAME USER
set -euo pipefail

name="$1"
user="$2"

if kubectl get secret "$name" >/dev/null 2>&1; then
  echo "Secret $name is there; nothing to do"
  exit 0
fi

alnum() {
  pool="$(head -c 4096 /dev/urandom | base64 | tr -dc 'A-Za-z0-9')"
  printf '%s' "${pool:0:$1}"
}

dir="$(mktemp -d)"
alnum 16 >"$dir/secret"
alnum 32 >"$dir/CSRF_KEY"
alnum 16 >"$dir/JOBSERVICE_SECRET"
alnum 16 >"$dir/REGISTRY_HTTP_SECRET"
alnum 32 >"$dir/REGISTRY_PASSWD"

# The registry compares with a bcrypt line, which of the programs here only Helm can make: a chart of one file does.
chart="$(mktemp -d)"
mkdir "$chart/templates"
printf 'apiVersion: v2\nname: line\nversion: 1.0.0\n' >"$chart/Chart.yaml"
printf 'line: {{ htpasswd .Values.user .Values.password }}\n' >"$chart/templates/line.yaml"
helm template line "$chart" --set "user=$user" --set-file "password=$dir/REGISTRY_PASSWD" |
  sed -n 's/^line: //p' | tr -d '\n' >"$dir/REGISTRY_HTPASSWD"
grep -q "^$user:" "$dir/REGISTRY_HTPASSWD"

# From files, so that no value stands on a command line.
kubectl create secret generic "$name" --from-file="$dir"
