#!/usr/bin/env bash
# Shows what mpdissect finds in the sample captures, and what mpconform makes of the built-in
# endpoints. Argument: the folder of the programs.
set -euo pipefail
cd "$(dirname "$0")/.."
programs=$1
if [ -t 1 ] && [ -z "${NO_COLOR:-}" ]; then colour=always; else colour=never; fi
bold() { if [ "$colour" = always ]; then printf '\n\033[1m%s\033[0m\n' "$1"; else printf '\n%s\n' "$1"; fi; }
show() {
  bold "\$ mpdissect $*"
  "$programs/mpdissect" --color "$colour" "$@"
}
judge() {
  bold "\$ mpconform $*"
  "$programs/mpconform" "$@" || echo "exit code $?"
}

echo 'A server leads its client to another subflow (MP_Navigation), repeats itself, and cancels:'
show --only navigation captures/navigation.pcap

echo
echo 'Who carried the data before and after, and everything else about the connection:'
show --connections captures/navigation.pcap

echo
echo 'Peers announce how many subflows they maintain (Maximum Subflows); one field by field:'
show --only max_subflows captures/maxsubflows.pcap
show -v -c 1 captures/maxsubflows.pcap

echo
echo 'A real kernel opens two subflows; every token and HMAC is verified:'
show --only mp_capable,mp_join captures/join_v4.pcap

echo
echo 'Damage is named: octet, field, rule. The octets stay:'
show --only remove_addr,mp_prio captures/malformed.pcap

echo
echo 'A conformance case is a script; the target moves its traffic, or it fails:'
judge show nav/4/switch-moves-traffic

echo
echo 'An endpoint that confirms the request and stays where it is:'
judge run --color "$colour" --mutant nav-stays nav/4/switch-moves-traffic nav/4.1/switch-is-echoed

echo
echo 'All cases against the built-in reference, in every variant; the end of the report:'
judge run --color "$colour" | tail -n 9

if [ "$(id -u)" = 0 ] && [ -e /proc/sys/net/mptcp/enabled ]; then
  echo
  echo 'The MPTCP stack of this machine, in network namespaces of its own: how it opens connections.'
  judge run --color "$colour" --target kernel rfc8684/3.1 | tail -n +8
else
  echo
  echo 'As root, on a kernel with MPTCP, its own stack would be judged here: mpconform run --target kernel'
fi
