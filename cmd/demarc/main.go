// Command demarc is all of demarc: the two long-running roles, wired here, and
// the commands of package cli.
package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"

	"demarc/cli"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM)
	code := cli.Execute(ctx, cli.Root(controlCommand(), agentCommand()))
	stop()
	os.Exit(code)
}
