package testnet

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
)

var (
	answered = regexp.MustCompile(`\bicmp_seq=(\d+) ttl=`)
	summed   = regexp.MustCompile(`(?m)^(\d+) packets transmitted, (\d+) received`)
)

// underway is how many echoes at the end of a ping that was interrupted may still
// be on their way: a fifth of a second of a hundred a second. A ping waits for
// none of them.
const underway = 20

// Echoes is how many requests a ping has sent, by all that it has printed, and how
// many were not answered. One that was interrupted (without -q) is forgiven the
// last few; those before the latest answer it is not.
func Echoes(printed string) (sent, lost int, err error) {
	sums := summed.FindStringSubmatch(printed)
	if sums == nil {
		return 0, 0, fmt.Errorf("ping has printed no sum: %s", strings.TrimSpace(printed[max(0, len(printed)-500):]))
	}
	sent, _ = strconv.Atoi(sums[1])
	received, _ := strconv.Atoi(sums[2])
	lost = sent - received
	latest := 0
	for _, m := range answered.FindAllStringSubmatch(printed, -1) {
		number, _ := strconv.Atoi(m[1])
		latest = max(latest, number)
	}
	if unanswered := sent - latest; latest > 0 && unanswered > 0 && unanswered <= underway {
		lost -= unanswered
	}
	return sent, max(lost, 0), nil
}
