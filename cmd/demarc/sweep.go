package main

import (
	"context"
	"log/slog"
	"time"

	"demarc"
	"demarc/api/again"
	"demarc/audit"
	"demarc/connection"
	"demarc/cutover"
	"demarc/desk"
	"demarc/facility"
	"demarc/gateway"
	"demarc/maintenance"
	"demarc/notice"
	"demarc/resiliency"
	"demarc/share"
	"demarc/store"
	"demarc/sweep"
	"demarc/transit"
	"demarc/vif"
	"demarc/vpc"
)

// sweeper keeps the deadlines of every room. A case is answered from its
// interface, so the desk comes before the interface is forgotten.
func sweeper(st *store.Store, clock demarc.Clock, log *slog.Logger) *sweep.Sweeper {
	return &sweep.Sweeper{Store: st, Clock: clock, Log: log, Rooms: []sweep.Room{
		{Name: "desk", Expire: desk.Expire},
		{Name: "endings", Expire: conductEndings},
		{Name: "cut-over", Expire: cutover.Expire},
		{Name: "vif", Expire: vif.Expire},
		{Name: "gateway", Expire: gateway.Expire},
		{Name: "vpc", Expire: vpc.Expire},
		{Name: "transit", Expire: transit.Expire},
		{Name: "share", Expire: share.Expire},
		{Name: "connection", Expire: connection.Expire},
		{Name: "facility", Expire: facility.Expire},
		{Name: "resiliency", Expire: resiliency.Expire},
		{Name: "answers", Expire: again.Expire},
		{Name: "maintenance", Expire: maintenance.Expire},
		{Name: "notice", Expire: notice.Expire},
		{Name: "audit", Expire: audit.Expire},
	}}
}

// conductEndings makes the moves of links that are to end, and records them for
// those in whose names they were made.
func conductEndings(tx *store.Tx, now time.Time) error {
	did, err := desk.ConductEndings(tx, now)
	if err != nil {
		return err
	}
	var acts []cutover.Act
	for _, act := range did {
		acts = append(acts, cutover.Act(act))
	}
	return noteActs(context.Background(), tx, acts, now)
}
