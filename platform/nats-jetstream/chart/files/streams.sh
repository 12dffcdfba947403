# Makes the streams of the platform, or brings them up to date. Each file of /streams is the configuration of one.
# Reads NATS_URL and, where the servers show a certificate, NATS_CA, both of which the nats command reads by itself.
set -eu

for file in /streams/*.json; do
  name="$(basename "$file" .json)"
  if nats stream info "$name" >/dev/null 2>&1; then
    nats stream edit "$name" --config "$file" --force
  else
    nats stream add "$name" --config "$file"
  fi
done
