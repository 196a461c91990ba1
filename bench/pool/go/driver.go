package main

import (
	"context"
	"database/sql/driver"
	"errors"
	"sync/atomic"
)

// How many connections were opened.
var opened atomic.Int64

var errNothing = errors.New("this driver does nothing")

type connector struct{}

func (connector) Connect(context.Context) (driver.Conn, error) {
	opened.Add(1)
	connection := new(connection)
	connection.taken.Store(true)
	return connection, nil
}

func (connector) Driver() driver.Driver { return stub{} }

type stub struct{}

func (stub) Open(string) (driver.Conn, error) { return nil, errNothing }

// The pool itself calls ResetSession for each connection that it hands out again, and IsValid for each that comes back:
// there it shows that none has two owners.
type connection struct {
	taken atomic.Bool
	_     [64]byte
}

func (connection *connection) ResetSession(context.Context) error {
	if connection.taken.Swap(true) {
		die("a connection has two owners")
	}
	return nil
}

func (connection *connection) IsValid() bool {
	if !connection.taken.Swap(false) {
		die("a connection was given back twice")
	}
	return true
}

func (*connection) Prepare(string) (driver.Stmt, error) { return nil, errNothing }
func (*connection) Begin() (driver.Tx, error)           { return nil, errNothing }
func (*connection) Close() error                        { return nil }
