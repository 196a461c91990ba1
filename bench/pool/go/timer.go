package main

import (
	"os"
	"syscall"
	"time"
	"unsafe"
)

const clockMonotonic = 1

// A timer wakes its goroutine as the answer of a server would, by a file that becomes readable. Go's own sleep is of no
// use below a millisecond: an idle process waits for whole ones.
type timer struct {
	file       *os.File
	descriptor uintptr
	ticks      [8]byte
}

type timerSpec struct{ interval, value syscall.Timespec }

func newTimer() *timer {
	descriptor, _, code := syscall.Syscall(syscall.SYS_TIMERFD_CREATE, clockMonotonic,
		syscall.O_NONBLOCK|syscall.O_CLOEXEC, 0)
	if code != 0 {
		die("no timer: %v", code)
	}
	return &timer{file: os.NewFile(descriptor, "timer"), descriptor: descriptor}
}

func (timer *timer) sleep(duration time.Duration) {
	spec := timerSpec{value: syscall.NsecToTimespec(int64(duration))}
	_, _, code := syscall.RawSyscall6(syscall.SYS_TIMERFD_SETTIME, timer.descriptor, 0,
		uintptr(unsafe.Pointer(&spec)), 0, 0, 0)
	if code != 0 {
		die("no timer: %v", code)
	}
	if _, err := timer.file.Read(timer.ticks[:]); err != nil {
		die("no timer: %v", err)
	}
}

func (timer *timer) close() { timer.file.Close() }
