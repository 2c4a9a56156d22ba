// Package vlan splits the tagged frames of a port into virtual interfaces, and
// tags what comes back: IEEE 802.1Q without the kernel's 8021q module. Two BPF
// programs, assembled here in Go, sit where frames arrive:
//
//	cable            port ──► portIn: tag → VIF, pop, redirect ──► vi ═ veth ═ VIF's namespace
//	       ◄── redirect, push, VIF → tag :vifIn ◄── vi
//
// A [Demux] serves all ports of one network namespace; ports and vi links live
// in it, the far ends of the vi links wherever the caller put them. The same
// programs make "eth0.101" on a customer's router in the lab.
//
// It makes no links and knows no customer. It does not mirror carrier: when a
// port goes dark the caller sets its vi links down (linux.WatchLinks and
// linux.SetLink), because nothing in between does.
//
// What would surprise you:
//
//   - A port passes nothing to the kernel and vice versa. Untagged frames,
//     tags without a VIF and frames with two tags are counted with what they
//     say about their sender, and dropped; so are frames that a VIF sends with
//     a tag of its own.
//   - Programs and maps live on in the kernel when this program dies: filters
//     hold programs and programs hold maps. [Open] finds them by the filters,
//     so traffic does not pause and counts go on.
//   - A port's MTU is that of its VIFs plus 4.
//   - The redirect is the plain one, so a shaper on the vi link and on the port
//     takes effect; unless a VIF asks for the short way ([VIF.Straight]), which
//     saves the kernel a queue and a turn for each frame.
//   - Counted bytes are those on the line as far as they can be known: a
//     segmentation-offload super-frame counts each segment with headers of 66
//     bytes, and each frame with its tag.
package vlan
