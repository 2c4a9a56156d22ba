package store

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"time"

	clientv3 "go.etcd.io/etcd/client/v3"
	"go.etcd.io/etcd/server/v3/embed"
	"go.etcd.io/etcd/server/v3/etcdserver/api/v3client"
	"golang.org/x/sys/unix"
)

const (
	// maxTxnOps bounds the keys read or written by one transaction. etcd's
	// default of 128 is small for an operation that looks at a whole range.
	maxTxnOps = 4096

	// maxRequestBytes leaves 2 KiB for each key of the largest transaction.
	maxRequestBytes = 8 << 20

	// quotaBytes is what etcd documents as the largest sensible database.
	quotaBytes = 8 << 30

	// The only member elects itself after one to five ticks. With etcd's own
	// 100 ms and 1 s, meant for networks, that takes up to a second.
	tickMs, electionMs = 20, 100

	// catchUp is how much of its log etcd keeps in memory for members that are
	// behind. There are none, and none at all is not to be had.
	catchUp = 10

	// keepHistory is how much past a watch that was cut off can catch up with;
	// what is older costs disk and memory and nobody reads it.
	keepHistory = "10m"
)

// embedded runs etcd in this process, alone and without a socket: calls are
// function calls, and since it has no peers nobody dials it.
func embedded(ctx context.Context, cfg Config) (*clientv3.Client, func() error, error) {
	unlock, err := lock(cfg.Dir)
	if err != nil {
		return nil, nil, err
	}
	server, err := start(ctx, cfg)
	if err != nil {
		return nil, nil, errors.Join(fmt.Errorf("start etcd: %w", err), unlock())
	}
	client := v3client.New(server.Server)
	return client, func() error {
		err := client.Close()
		if errors.Is(err, context.Canceled) {
			err = nil // the client reports its own context, which Close ends
		}
		server.Close()
		return errors.Join(err, unlock())
	}, nil
}

// start returns a server that is ready.
func start(ctx context.Context, cfg Config) (*embed.Etcd, error) {
	if err := beginFounding(cfg.Dir); err != nil {
		return nil, err
	}
	server, err := embed.StartEtcd(serverConfig(cfg))
	if err != nil {
		return nil, err
	}
	select {
	case <-server.Server.ReadyNotify():
		err = endFounding(cfg.Dir)
	case <-server.Server.StopNotify():
		err = errors.New("it stopped before it was ready")
	case <-ctx.Done():
		err = fmt.Errorf("wait until it is ready: %w", ctx.Err())
	}
	if err != nil {
		server.Close()
		return nil, err
	}
	return server, nil
}

// serverConfig has no listeners. The peer address is a name etcd wants for its
// only member; it is stored in the directory and must stay the same.
func serverConfig(cfg Config) *embed.Config {
	peer := url.URL{Scheme: "http", Host: "127.0.0.1:2380"}
	server := embed.NewConfig()
	server.Name = "demarc"
	server.Dir = dataDir(cfg.Dir)
	server.ListenPeerUrls, server.ListenClientUrls = nil, nil
	server.AdvertisePeerUrls, server.AdvertiseClientUrls = []url.URL{peer}, nil
	server.InitialCluster = server.InitialClusterFromName(server.Name)
	server.TickMs, server.ElectionMs = tickMs, electionMs
	server.MaxTxnOps = maxTxnOps
	server.MaxRequestBytes = maxRequestBytes
	server.QuotaBackendBytes = quotaBytes
	server.SnapshotCatchUpEntries = catchUp
	server.AutoCompactionMode = embed.CompactorModePeriodic
	server.AutoCompactionRetention = keepHistory
	server.AuthToken = "" // who can call is who is in this process
	server.ZapLoggerBuilder = embed.NewZapLoggerBuilder(zapTo(cfg.Log))
	return server
}

// lock takes the directory for this store. etcd locks its files too, but waits
// for them without end. The kernel drops the lock when the process dies.
func lock(dir string) (unlock func() error, err error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("make the directory: %w", err)
	}
	file, err := os.OpenFile(filepath.Join(dir, "lock"), os.O_CREATE|os.O_RDWR|unix.O_CLOEXEC, 0o600)
	if err != nil {
		return nil, fmt.Errorf("lock the directory: %w", err)
	}
	err = unix.Flock(int(file.Fd()), unix.LOCK_EX|unix.LOCK_NB)
	if errors.Is(err, unix.EWOULDBLOCK) {
		err = errors.New("another process has it open")
	}
	if err != nil {
		return nil, errors.Join(err, file.Close())
	}
	return file.Close, nil
}

// dial prepares a client of a cluster. It does not wait for the cluster; the
// first read does.
func dial(cfg Config) (*clientv3.Client, func() error, error) {
	config := clientv3.Config{
		Endpoints:            cfg.Endpoints,
		DialTimeout:          5 * time.Second,
		DialKeepAliveTime:    10 * time.Second, // notice a member whose machine is gone
		DialKeepAliveTimeout: 5 * time.Second,
		MaxCallSendMsgSize:   maxRequestBytes,
		Logger:               zapTo(cfg.Log),
	}
	info, err := cfg.TLS.info()
	if err != nil {
		return nil, nil, err
	}
	if info != nil {
		if config.TLS, err = info.ClientConfig(); err != nil {
			return nil, nil, fmt.Errorf("read the TLS files: %w", err)
		}
	}
	client, err := clientv3.New(config)
	if err != nil {
		return nil, nil, fmt.Errorf("set up the client: %w", err)
	}
	return client, client.Close, nil
}
