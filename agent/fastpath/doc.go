// Package fastpath forwards the ordinary packets of a router's namespace where
// they arrive, by an eBPF program that asks the kernel's own routes and
// neighbours, and leaves all others to the kernel's stack:
//
//	link ──► program: looked up, counted down, handed on ──► link
//	             └──► kernel: everything else
//
// It holds no routes and decides nothing that the kernel would decide otherwise.
// A packet is ordinary if it is TCP, UDP, ESP or ICMP over IPv4 or IPv6 without
// options, whole, addressed to this router's MAC address, between global
// addresses of which neither is the namespace's own, with a route in force, no
// longer than that route takes, a neighbour that is known, and time to live. What
// is answered, filtered, queued for a neighbour or counted as an error is the
// kernel's as before.
//
// What would surprise you:
//
//   - nftables does not see what goes this way. [Put] therefore puts nothing where
//     it looks at what is forwarded (linux.Filtered), and whoever has it look calls
//     [Remove] before.
//   - The kernel's counters of forwarded packets (linux.Forwarded) count what the
//     stack has forwarded: without fault none of these. The links count all.
//   - What is handed to the far end of a veth at once is not counted as sent by the
//     link; its far end counts it as received. Of a VPC's namespace that is what
//     goes to its hosts, of a gateway's what goes anywhere on this machine.
//   - A VPC's program has no map: its route table and the namespace's addresses are in
//     its instructions. What is on a link is known by the filter's name, which is
//     made from them, so nothing has to be found again after a restart.
package fastpath
