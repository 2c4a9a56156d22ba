package wrongclock

import (
	"debug/elf"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"
)

// reader is what is put in the place of clock_gettime(clock, result), for the
// System V calling convention. Behind it lie which of two offsets counts, and the
// two, in seconds: one is written while the other counts, so that nobody reads
// half of one.
var reader = []byte{
	0xb8, 0xe4, 0x00, 0x00, 0x00, // mov eax, SYS_clock_gettime
	0x0f, 0x05, // syscall
	0x85, 0xc0, // test eax, eax
	0x75, 0x19, // jnz end: it failed
	0x85, 0xff, // test edi, edi
	0x75, 0x15, // jnz end: not CLOCK_REALTIME
	0x0f, 0xb6, 0x0d, 0x12, 0x00, 0x00, 0x00, // movzx ecx, byte [which]
	0x48, 0x8d, 0x15, 0x13, 0x00, 0x00, 0x00, // lea rdx, [offsets]
	0x48, 0x8b, 0x0c, 0xca, // mov rcx, [rdx+8*rcx]
	0x48, 0x01, 0x0e, // add [rsi], rcx
	0xc3, // end: ret
}

// Where the data of the reader is, from its beginning.
const (
	which   = 40
	offsets = 48
	length  = 64
)

// A Clock is a process's time of day, as far as that process can tell. It is safe
// for concurrent use, and holds one file until it is closed.
type Clock struct {
	mu     sync.Mutex // guards what follows
	memory *os.File
	at     int64 // where the reader is
	in     byte  // which offset counts
}

// Start starts a command whose clock is ahead from its first instruction on;
// behind, where ahead is negative. It is as [exec.Cmd.Start] otherwise. A command
// that starts and cannot be given a clock is killed, and waited for.
func Start(cmd *exec.Cmd, ahead time.Duration) (*Clock, error) {
	runtime.LockOSThread() // who starts it is who traces it
	defer runtime.UnlockOSThread()
	if cmd.SysProcAttr == nil {
		cmd.SysProcAttr = &syscall.SysProcAttr{}
	}
	cmd.SysProcAttr.Ptrace = true
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	c, err := begin(cmd.Process.Pid, ahead)
	if err != nil {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
		return nil, fmt.Errorf("set the clock of %s: %w", cmd.Path, err)
	}
	return c, nil
}

// begin gives a clock to a process that stands at its first instruction, and lets
// it go.
func begin(pid int, ahead time.Duration) (*Clock, error) {
	var status syscall.WaitStatus
	if _, err := syscall.Wait4(pid, &status, syscall.WALL, nil); err != nil {
		return nil, err
	}
	if !status.Stopped() {
		return nil, fmt.Errorf("it ended with status %d", status)
	}
	c, err := replace(pid)
	if err == nil {
		err = c.Set(ahead)
	}
	return c, errors.Join(err, syscall.PtraceDetach(pid))
}

// Take takes over the clock of a process that runs, which stands still meanwhile
// for a moment. It reads the right time until [Clock.Set]. A clock may be taken
// over again.
func Take(pid int) (*Clock, error) {
	if err := syscall.Kill(pid, syscall.SIGSTOP); err != nil {
		return nil, fmt.Errorf("stop process %d: %w", pid, err)
	}
	defer func() { _ = syscall.Kill(pid, syscall.SIGCONT) }()
	for end := time.Now().Add(5 * time.Second); ; time.Sleep(time.Millisecond) {
		stopped, err := stopped(pid)
		if err != nil {
			return nil, err
		}
		if stopped {
			break
		}
		if time.Now().After(end) {
			return nil, fmt.Errorf("process %d does not stop", pid)
		}
	}
	c, err := replace(pid)
	if err != nil {
		return nil, fmt.Errorf("take over the clock of process %d: %w", pid, err)
	}
	return c, nil
}

// stopped reports whether all threads of a process are.
func stopped(pid int) (bool, error) {
	files, err := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/stat", pid))
	if err != nil || len(files) == 0 {
		return false, fmt.Errorf("there is no process %d", pid)
	}
	for _, file := range files {
		stat, err := os.ReadFile(file)
		if err != nil {
			continue // the thread has ended
		}
		state := stat[strings.LastIndexByte(string(stat), ')')+2]
		if state != 'T' {
			return false, nil
		}
	}
	return true, nil
}

// replace puts the reader into a process that stands still.
func replace(pid int) (*Clock, error) {
	start, end, err := vdso(pid)
	if err != nil {
		return nil, err
	}
	memory, err := os.OpenFile(fmt.Sprintf("/proc/%d/mem", pid), os.O_RDWR, 0)
	if err != nil {
		return nil, err
	}
	c := &Clock{memory: memory}
	if err := c.replace(pid, start, end); err != nil {
		return nil, errors.Join(err, memory.Close())
	}
	return c, nil
}

// replace writes the reader behind the vDSO's own code, where the last page has
// room, and a jump to it where clock_gettime begins. So a thread that is in the
// old one finishes it.
func (c *Clock) replace(pid int, start, end int64) error {
	entry, code, err := entry(io.NewSectionReader(c.memory, start, end-start))
	if err != nil {
		return fmt.Errorf("read the vDSO: %w", err)
	}
	c.at = start + (code+15)/16*16
	if c.at+length > end {
		return errors.New("the vDSO's last page has no room")
	}
	entry += start
	jump := binary.LittleEndian.AppendUint32([]byte{0xe9}, uint32(c.at-entry-5))
	if err := inside(pid, entry, entry+int64(len(jump))); err != nil {
		return err
	}
	_, err = c.memory.WriteAt(append(reader[:len(reader):len(reader)], make([]byte, length-len(reader))...), c.at)
	if err == nil {
		_, err = c.memory.WriteAt(jump, entry)
	}
	return err
}

// entry finds where clock_gettime begins in the vDSO, and where all code ends.
func entry(image io.ReaderAt) (begin, end int64, err error) {
	file, err := elf.NewFile(image)
	if err != nil {
		return 0, 0, err
	}
	for _, p := range file.Progs {
		if p.Type == elf.PT_LOAD {
			end = max(end, int64(p.Vaddr+p.Memsz))
		}
	}
	symbols, err := file.DynamicSymbols()
	if err != nil {
		return 0, 0, err
	}
	for _, s := range symbols {
		if s.Name == "__vdso_clock_gettime" {
			return int64(s.Value), end, nil
		}
	}
	return 0, 0, errors.New("it has no clock_gettime")
}

// inside is an error if a thread of a process that stands still is to go on
// between two addresses; at the first one it may, where an instruction begins in
// any case.
func inside(pid int, from, to int64) error {
	files, err := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/syscall", pid))
	if err != nil {
		return err
	}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if errors.Is(err, fs.ErrNotExist) || errors.Is(err, syscall.ESRCH) {
			continue // the thread has ended
		}
		words := strings.Fields(string(text)) // the last one is where it goes on (proc(5))
		if err == nil && len(words) == 0 {
			err = errors.New("it says nothing")
		}
		if err != nil {
			return fmt.Errorf("where is a thread: %w", err)
		}
		at, err := strconv.ParseInt(words[len(words)-1], 0, 64)
		if err != nil || at > from && at < to {
			return fmt.Errorf("a thread may be reading the clock just now: %q", text)
		}
	}
	return nil
}

// vdso is where a process has it.
func vdso(pid int) (start, end int64, err error) {
	maps, err := os.ReadFile(fmt.Sprintf("/proc/%d/maps", pid))
	if err != nil {
		return 0, 0, err
	}
	for line := range strings.Lines(string(maps)) {
		if strings.HasSuffix(line, "[vdso]\n") {
			_, err := fmt.Sscanf(line, "%x-%x", &start, &end)
			return start, end, err
		}
	}
	return 0, 0, errors.New("it has no vDSO")
}

// Set has the process's clock be ahead of the machine's from now on; behind,
// where ahead is negative. It counts in whole seconds.
func (c *Clock) Set(ahead time.Duration) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	other := 1 - c.in
	offset := binary.LittleEndian.AppendUint64(nil, uint64(int64(ahead/time.Second)))
	if _, err := c.memory.WriteAt(offset, c.at+offsets+8*int64(other)); err != nil {
		return fmt.Errorf("set a process's clock: %w", err)
	}
	if _, err := c.memory.WriteAt([]byte{other}, c.at+which); err != nil {
		return fmt.Errorf("set a process's clock: %w", err)
	}
	c.in = other
	return nil
}

// Close lets go of the process, whose clock stays as it was set.
func (c *Clock) Close() error { return c.memory.Close() }
