package linux

import (
	"fmt"
	"os"
)

// MD5Counters counts TCP segments refused for their RFC 2385 signature since
// the namespace was made. They tell a wrong key from a silent peer.
type MD5Counters struct {
	NotFound   uint64 // a key was expected, the segment was unsigned: the peer has no key
	Unexpected uint64 // the segment was signed, no key was expected
	Failure    uint64 // the signature was wrong: the keys differ
}

// MD5Failures reads the TCP-MD5 counters of the namespace of that name. The
// error is fs.ErrNotExist if there is no such namespace.
func MD5Failures(namespace string) (MD5Counters, error) {
	var text []byte
	err := Inside(namespace, func() (err error) {
		text, err = os.ReadFile("/proc/thread-self/net/netstat")
		return err
	})
	if err != nil {
		return MD5Counters{}, fmt.Errorf("read TCP counters of namespace %s: %w", namespace, err)
	}
	counters := section(string(text), "TcpExt: ")
	return MD5Counters{
		NotFound:   counters["TCPMD5NotFound"],
		Unexpected: counters["TCPMD5Unexpected"],
		Failure:    counters["TCPMD5Failure"],
	}, nil
}
