package worklist

// Idle reports whether nothing is marked, being worked on or to be tried
// again.
func (l *List[K]) Idle() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return len(l.state) == 0
}
