package linux

import (
	"errors"
	"fmt"

	mdnetlink "github.com/mdlayher/netlink"
	"golang.org/x/sys/unix"
)

// batchSize is how many messages share one system call. 512 installed 190,000
// routes a second against 50,000 one by one; more brought nothing.
const batchSize = 512

// answerBuffer holds an error for each message of a batch: the kernel charges
// about a kilobyte for one, and drops answers that do not fit.
const answerBuffer = 1 << 20

// A batcher sends many route messages and finds out which ones were refused.
type batcher struct {
	conn   *mdnetlink.Conn
	broken bool // answers may be lost or left unread; not to be used again
}

// withRoutes gives fn the namespace's batch socket, alone.
func (n *Namespace) withRoutes(fn func(*batcher) error) error {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.routes == nil {
		conn, err := dialRoute(n)
		if err != nil {
			return err
		}
		// A refusal need not repeat the message it refuses, and a listing is to be
		// of what was asked for.
		err = errors.Join(conn.SetOption(mdnetlink.CapAcknowledge, true), conn.SetOption(mdnetlink.GetStrictCheck, true),
			conn.SetReadBuffer(answerBuffer))
		if err != nil {
			return errors.Join(fmt.Errorf("prepare the route socket of namespace %s: %w", n, err), conn.Close())
		}
		n.routes = &batcher{conn: conn}
	}
	err := fn(n.routes)
	if n.routes.broken {
		err = errors.Join(err, n.routes.conn.Close())
		n.routes = nil
	}
	return err
}

// apply sends messages in batches and calls refused with the index of each
// message that the kernel did not accept. The result is about the socket.
func (b *batcher) apply(messages []mdnetlink.Message, refused func(i int, err error)) error {
	for start := 0; start < len(messages); start += batchSize {
		end := min(start+batchSize, len(messages))
		err := b.applyBatch(messages[start:end], func(i int, err error) { refused(start+i, err) })
		if err != nil {
			b.broken = true
			return err
		}
	}
	return nil
}

// applyBatch asks for an acknowledgement of the last message only. The kernel
// works in order and reports errors unasked, so every refusal has arrived once
// the last message is answered.
func (b *batcher) applyBatch(messages []mdnetlink.Message, refused func(i int, err error)) error {
	last := len(messages) - 1
	messages[last].Header.Flags |= mdnetlink.Acknowledge
	sent, err := b.conn.SendMessages(messages)
	if err != nil {
		return err
	}
	index := make(map[uint32]int, len(sent))
	for i, message := range sent {
		index[message.Header.Sequence] = i
	}
	for {
		answers, err := b.conn.Receive()
		var refusal *mdnetlink.OpError
		switch {
		case err == nil:
			if answered(answers, sent[last].Header.Sequence) {
				return nil
			}
		case errors.As(err, &refusal) && refusal.Sequence != 0:
			i, ours := index[refusal.Sequence]
			if ours {
				refused(i, refusal.Err)
			}
			if i == last && ours {
				return nil
			}
		default:
			return err
		}
	}
}

func answered(answers []mdnetlink.Message, sequence uint32) bool {
	for _, answer := range answers {
		if answer.Header.Type == mdnetlink.Error && answer.Header.Sequence == sequence {
			return true
		}
	}
	return false
}

// applyOne sends one message and returns the kernel's verdict.
func (b *batcher) applyOne(message mdnetlink.Message) error {
	var verdict error
	err := b.apply([]mdnetlink.Message{message}, func(_ int, err error) { verdict = err })
	return errors.Join(err, verdict)
}

// dump asks for a whole table.
func (b *batcher) dump(kind uint16, body []byte) ([]mdnetlink.Message, error) {
	messages, err := b.conn.Execute(mdnetlink.Message{
		Header: mdnetlink.Header{
			Type:  mdnetlink.HeaderType(kind),
			Flags: mdnetlink.Request | mdnetlink.Dump,
		},
		Data: body,
	})
	b.broken = err != nil
	return messages, err
}

// ask puts one question. There may be no answer, so it waits for the
// acknowledgement; a refusal is a [mdnetlink.OpError].
func (b *batcher) ask(kind uint16, body []byte) (answers []mdnetlink.Message, err error) {
	sent, err := b.conn.Send(mdnetlink.Message{
		Header: mdnetlink.Header{
			Type: mdnetlink.HeaderType(kind),
			// About queues the kernel tells only who wants an echo.
			Flags: mdnetlink.Request | mdnetlink.Acknowledge | mdnetlink.Echo,
		},
		Data: body,
	})
	for err == nil {
		var more []mdnetlink.Message
		more, err = b.conn.Receive()
		if err == nil && answered(more, sent.Header.Sequence) {
			return answers, nil
		}
		answers = append(answers, more...)
	}
	var refusal *mdnetlink.OpError
	b.broken = !errors.As(err, &refusal) || refusal.Sequence == 0
	return nil, err
}

// message builds a request from a fixed header and attributes.
func message(kind uint16, flags mdnetlink.HeaderFlags, header []byte, attributes func(*mdnetlink.AttributeEncoder)) (mdnetlink.Message, error) {
	encoder := mdnetlink.NewAttributeEncoder()
	attributes(encoder)
	encoded, err := encoder.Encode()
	return mdnetlink.Message{
		Header: mdnetlink.Header{Type: mdnetlink.HeaderType(kind), Flags: mdnetlink.Request | flags},
		Data:   append(header, encoded...),
	}, err
}

// gone tells that what was to be deleted is not there.
func gone(err error) bool {
	return errors.Is(err, unix.ESRCH) || errors.Is(err, unix.ENOENT) || errors.Is(err, unix.ENODEV)
}
