package store

import (
	"context"
	"log/slog"

	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"
)

// expected are complaints about what is so on purpose, or always so.
var expected = map[string]bool{
	// There is no listener at all.
	"Running http and grpc server on single port. This is not recommended for production.": true,
	// Every first start says this; the version is stored a moment later.
	"Failed to detect schema version":  true,
	"failed to update storage version": true,
	// This is how etcd ends what it was doing when it is closed while starting.
	"stopped publish because server is stopping": true,
}

// zapTo passes etcd's log on to slog, from warnings up.
func zapTo(log *slog.Logger) *zap.Logger {
	return zap.New(&slogCore{log: log.With("from", "etcd")})
}

// slogCore is a zap core that writes to slog.
type slogCore struct {
	log *slog.Logger
}

func (c *slogCore) Enabled(level zapcore.Level) bool { return level >= zapcore.WarnLevel }

func (c *slogCore) With(fields []zapcore.Field) zapcore.Core {
	return &slogCore{log: slog.New(c.log.Handler().WithAttrs(attrs(fields)))}
}

func (c *slogCore) Check(entry zapcore.Entry, checked *zapcore.CheckedEntry) *zapcore.CheckedEntry {
	if !c.Enabled(entry.Level) || expected[entry.Message] {
		return checked
	}
	return checked.AddCore(entry, c)
}

func (c *slogCore) Write(entry zapcore.Entry, fields []zapcore.Field) error {
	level := slog.LevelWarn
	if entry.Level > zapcore.WarnLevel {
		level = slog.LevelError
	}
	c.log.LogAttrs(context.Background(), level, entry.Message, attrs(fields)...)
	return nil
}

func (c *slogCore) Sync() error { return nil }

// attrs keeps etcd's names, but for the one that has a name here.
func attrs(fields []zapcore.Field) []slog.Attr {
	encoder := zapcore.NewMapObjectEncoder()
	for _, field := range fields {
		field.AddTo(encoder)
	}
	var all []slog.Attr
	for _, field := range fields {
		key := field.Key
		if key == "error" {
			key = "err"
		}
		if value, ok := encoder.Fields[field.Key]; ok {
			all = append(all, slog.Any(key, value))
		}
	}
	return all
}
