#!/bin/sh
# What all probes share. Reads:
#   KUBECTL        the program that asks; kubectl unless given, so that KUBECONFIG and the current context choose the cluster
#   PROBE_TIMEOUT  seconds until a probe gives up, when that is sooner than what the Blueprint states; 0 asks once
#   PROBE_PAUSE    seconds between two questions; 5 unless given
# Exit codes of a probe: 0 ready, 1 not ready in time, 2 wrong usage.

# Asks the cluster for some fields of an object; nothing when there is no such object, or no answer.
field() {
  "${KUBECTL:-kubectl}" get "$1" "$2" --namespace "$3" --request-timeout 10s --output "jsonpath=$4" 2>/dev/null
}

# Whether the object is ready. Sets `seen` to what was seen, for people.
is_ready() {
  case $1 in
    # These report numbers instead of conditions. What the controller has not looked at yet counts for nothing.
    statefulset | statefulset.apps)
      seen=$(field "$1" "$2" "$3" '{.metadata.generation}/{.status.observedGeneration} {.spec.replicas}/{.status.readyReplicas}') ;;
    daemonset | daemonset.apps)
      seen=$(field "$1" "$2" "$3" '{.metadata.generation}/{.status.observedGeneration} {.status.desiredNumberScheduled}/{.status.numberReady}') ;;
    *)
      seen=$(field "$1" "$2" "$3" "{.status.conditions[?(@.type==\"$4\")].status}")
      [ "$seen" = True ]
      return ;;
  esac
  case $seen in
    */*' '*/*) ;;
    *) return 1 ;;
  esac
  observed=${seen%% *} ready=${seen##* }
  [ "${observed%/*}" = "${observed#*/}" ] && [ "${ready%/*}" = "${ready#*/}" ]
}

# Whether the cluster runs this release for this Sovereign: no probe passes on somebody else's cluster.
is_of() {
  owner=$(field helmrelease.helm.toolkit.fluxcd.io "$2" flux-system '{.metadata.labels.openova\.io/sovereign}')
  [ "$owner" = "$1" ]
}

# probe SOVEREIGN BLUEPRINT NAMESPACE KIND NAME CONDITION SECONDS
# Asks until the object is ready or the time is over. `<sov>` in the name stands for the Sovereign.
probe() {
  sov=$1 release=$2 namespace=$3 kind=$4 name=$5 condition=$6 limit=$7
  if [ -z "$sov" ]; then
    echo "usage: ${0##*/} SOVEREIGN, such as t38.omani.works" >&2
    exit 2
  fi
  case $name in
    *'<sov>'*) name=${name%%'<sov>'*}$sov${name#*'<sov>'} ;;
  esac
  [ "${PROBE_TIMEOUT:-$limit}" -ge "$limit" ] || limit=$PROBE_TIMEOUT
  end=$(($(date +%s) + limit))
  while :; do
    if ! is_of "$sov" "$release"; then
      problem="no release $release of $sov in this cluster${owner:+, but one of $owner}"
    elif ! is_ready "$kind" "$name" "$namespace" "$condition"; then
      problem="$kind $name in namespace $namespace is not $condition${seen:+ ($seen)}"
    else
      echo "pass  $release"
      exit 0
    fi
    if [ "$(date +%s)" -ge "$end" ]; then
      echo "fail  $release: $problem"
      exit 1
    fi
    sleep "${PROBE_PAUSE:-5}"
  done
}
