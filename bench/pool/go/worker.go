// A worker (see ../worker.h) with the pool of Go's database/sql, over a driver that does nothing.
package main

import (
	"bufio"
	"context"
	"database/sql"
	"fmt"
	"os"
	"runtime"
	"sync"
	"sync/atomic"
	"time"
)

const (
	name        = "Go database/sql"
	connections = 15
	busyUpTo    = 20 * time.Microsecond
)

type cell struct {
	threads    int
	holdUs     int64
	durationUs int64
	timed      int
}

// A task is a cell while it runs.
type task struct {
	cell
	db      *sql.DB
	arrived sync.WaitGroup
	start   chan struct{}
	ended   sync.WaitGroup
	over    atomic.Bool
}

type member struct {
	checkouts uint64
	held      int64
	waits     waits
	_         [64]byte // Neighbours share no cache line.
}

func die(format string, arguments ...any) {
	fmt.Fprintf(os.Stderr, name+": "+format+"\n", arguments...)
	os.Exit(2)
}

func checkout(db *sql.DB) *sql.Conn {
	connection, err := db.Conn(context.Background())
	if err != nil {
		die("%v", err)
	}
	return connection
}

func checkin(connection *sql.Conn) {
	if err := connection.Close(); err != nil {
		die("%v", err)
	}
}

func (task *task) countCycles(member *member) {
	checkouts := uint64(0)
	for !task.over.Load() {
		connection := checkout(task.db)
		checkouts++
		checkin(connection)
	}
	member.checkouts = checkouts
}

func (task *task) timeCycles(member *member) {
	duration := time.Duration(task.holdUs) * time.Microsecond
	var timer *timer
	if duration > busyUpTo {
		timer = newTimer()
		defer timer.close()
	}
	withoutSince := time.Now()
	for !task.over.Load() {
		connection := checkout(task.db)
		taken := time.Now()
		member.waits.add(int64(taken.Sub(withoutSince)))
		withoutSince = taken
		if !task.over.Load() {
			withoutSince = hold(taken, duration, timer)
			member.held += int64(withoutSince.Sub(taken))
			member.checkouts++
		}
		checkin(connection)
	}
}

// hold keeps the connection, busy or asleep, and returns when that ended.
func hold(from time.Time, duration time.Duration, timer *timer) time.Time {
	now := from
	if timer != nil {
		timer.sleep(duration)
		return time.Now()
	}
	for now.Sub(from) < duration {
		now = time.Now()
	}
	return now
}

func (task *task) run(member *member) {
	defer task.ended.Done()
	task.arrived.Done()
	<-task.start
	if task.timed != 0 {
		task.timeCycles(member)
	} else {
		task.countCycles(member)
	}
}

func runCell(db *sql.DB, cell cell) ([]member, time.Duration) {
	task := task{cell: cell, db: db, start: make(chan struct{})}
	members := make([]member, cell.threads)
	task.arrived.Add(cell.threads)
	task.ended.Add(cell.threads)
	for i := range members {
		go task.run(&members[i])
	}
	task.arrived.Wait()
	began := time.Now()
	close(task.start)
	time.Sleep(time.Duration(cell.durationUs) * time.Microsecond)
	task.over.Store(true)
	elapsed := time.Since(began)
	task.ended.Wait()
	return members, elapsed
}

func report(cell cell, members []member, elapsed time.Duration) {
	var all waits
	var checkouts, most uint64
	var held int64
	fewest := members[0].checkouts
	for i := range members {
		count := members[i].checkouts
		checkouts += count
		held += members[i].held
		if count > most {
			most = count
		}
		if count < fewest {
			fewest = count
		}
		all.merge(&members[i].waits)
	}
	if checkouts > 0 {
		held /= int64(checkouts)
	}
	fmt.Printf("%s\t%d\t%d\t%d\t%d\t%d\t%d\t%d\t%d\t%d\t%d\t%d\t%d\t%d\n", name, cell.threads, cell.holdUs,
		cell.durationUs, cell.timed, int64(elapsed), checkouts, most, fewest, held, all.quantile(0.5),
		all.quantile(0.99), all.most, opened.Load())
}

func main() {
	db := sql.OpenDB(connector{})
	db.SetMaxOpenConns(connections)
	db.SetMaxIdleConns(connections)
	fmt.Printf("%s\t%s, a driver that does nothing, goroutines\n", name, runtime.Version())
	input := bufio.NewScanner(os.Stdin)
	for input.Scan() {
		var cell cell
		if _, err := fmt.Sscan(input.Text(), &cell.threads, &cell.holdUs, &cell.durationUs, &cell.timed); err != nil {
			die("not understood: %s", input.Text())
		}
		members, elapsed := runCell(db, cell)
		report(cell, members, elapsed)
	}
	if err := db.Close(); err != nil {
		die("%v", err)
	}
}
