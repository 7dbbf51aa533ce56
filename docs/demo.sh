#!/usr/bin/env bash
# Shows what mpdissect finds in the sample captures. Argument: the program.
set -euo pipefail
cd "$(dirname "$0")/.."
program=$1
if [ -t 1 ] && [ -z "${NO_COLOR:-}" ]; then colour=always; else colour=never; fi
bold() { if [ "$colour" = always ]; then printf '\n\033[1m%s\033[0m\n' "$1"; else printf '\n%s\n' "$1"; fi; }
show() {
  bold "\$ mpdissect $*"
  "$program" --color "$colour" "$@"
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
