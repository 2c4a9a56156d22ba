// Package client speaks demarc's public APIs as one account: Direct Connect by
// the AWS SDK, the desk by signed JSON. The command line and the lab's parties
// use it; nothing in it can do what a stranger's client could not.
package client

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/service/directconnect"

	"demarc/api/sigv4"
)

// DefaultEndpoint is where demarc control listens unless told otherwise.
const DefaultEndpoint = "http://127.0.0.1:8480"

// Options say where demarc is and as whom to call it.
type Options struct {
	// Endpoint is the URL of a control process.
	Endpoint string
	// Profile is the AWS profile to sign as; empty is the SDK's own choice.
	Profile string
	// Dir holds the config and credentials files that control wrote; empty is
	// wherever the SDK looks (AWS_CONFIG_FILE, ~/.aws …).
	Dir string
}

// A Client calls as one account.
type Client struct {
	endpoint string
	config   aws.Config
	http     *http.Client
}

// New reads the profile. It does not connect.
func New(ctx context.Context, o Options) (*Client, error) {
	load := []func(*config.LoadOptions) error{config.WithBaseEndpoint(o.Endpoint)}
	if o.Profile != "" {
		load = append(load, config.WithSharedConfigProfile(o.Profile))
	}
	if o.Dir != "" {
		load = append(load,
			config.WithSharedConfigFiles([]string{filepath.Join(o.Dir, "config")}),
			config.WithSharedCredentialsFiles([]string{filepath.Join(o.Dir, "credentials")}))
	}
	cfg, err := config.LoadDefaultConfig(ctx, load...)
	if err != nil {
		return nil, profileError(o.Profile, o.Dir, err)
	}
	return &Client{endpoint: o.Endpoint, config: cfg, http: &http.Client{Timeout: 30 * time.Second}}, nil
}

// A NoProfileError says that nobody of that name is known here.
type NoProfileError struct {
	Profile string
	File    string // the configuration that was read
}

func (e *NoProfileError) Error() string {
	return fmt.Sprintf("there is no AWS profile %q in %s", e.Profile, e.File)
}

// profileError says which file was read: dir's, or without one the SDK's choice.
func profileError(profile, dir string, err error) error {
	if _, missing := errors.AsType[config.SharedConfigProfileNotExistError](err); missing {
		file := cmp.Or(os.Getenv("AWS_CONFIG_FILE"), config.DefaultSharedConfigFilename())
		if dir != "" {
			file = filepath.Join(dir, "config")
		}
		return &NoProfileError{profile, file}
	}
	return fmt.Errorf("read the AWS profile %q: %w", profile, err)
}

// An UnreachableError says that nobody has answered for the desk. Whether a request
// was heard is not known, unless the connection was refused.
type UnreachableError struct {
	Endpoint string
	Err      error
}

func (e *UnreachableError) Error() string {
	return fmt.Sprintf("the desk at %s does not answer: %v", e.Endpoint, e.Err)
}

func (e *UnreachableError) Unwrap() error { return e.Err }

// DirectConnect is the SDK's own client, pointed at demarc.
func (c *Client) DirectConnect() *directconnect.Client {
	return directconnect.NewFromConfig(c.config)
}

// Config is for the SDK's clients of other services, pointed at demarc.
func (c *Client) Config() aws.Config { return c.config }

// A Refusal is the desk's answer to a request that it would not carry out.
type Refusal struct {
	Status  int    `json:"-"`
	Code    string `json:"code"`
	Field   string `json:"field"`
	Message string `json:"message"`
	Fix     string `json:"fix"`
	Fixer   string `json:"fixer"`
}

func (r *Refusal) Error() string {
	text := r.Message
	if r.Code != "" {
		text = r.Code + ": " + text
	}
	if r.Field != "" {
		text += " (field " + r.Field + ")"
	}
	if r.Fix != "" {
		text += "\n  what to do: " + r.Fix
	}
	if r.Fixer != "" {
		text += "\n  whose move: " + r.Fixer
	}
	return text
}

// Desk calls the desk: method and path such as GET /desk/v1/links. in is the
// JSON body, nil for none; out takes the answer. A refusal is a [Refusal].
func (c *Client) Desk(ctx context.Context, method, path string, in, out any) error {
	var body []byte
	if in != nil {
		var err error
		if body, err = json.Marshal(in); err != nil {
			return fmt.Errorf("write the request: %w", err)
		}
	}
	req, err := http.NewRequestWithContext(ctx, method, c.endpoint+path, bytes.NewReader(body))
	if err != nil {
		return err
	}
	req.Header.Set("Content-Type", "application/json")
	if err := c.Sign(ctx, req, body, "demarc"); err != nil {
		return err
	}
	resp, err := c.http.Do(req)
	if failed, ok := errors.AsType[*url.Error](err); ok && ctx.Err() == nil {
		return &UnreachableError{c.endpoint, failed.Err}
	}
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	return answer(resp, out)
}

// Sign signs a request for a service (directconnect, sts, demarc) as the
// client's account. body is what the request will carry.
func (c *Client) Sign(ctx context.Context, req *http.Request, body []byte, service string) error {
	credentials, err := c.config.Credentials.Retrieve(ctx)
	if err != nil {
		return fmt.Errorf("find credentials: %w", err)
	}
	return sigv4.Sign(req, body, credentials, c.config.Region, service, time.Now())
}

func answer(resp *http.Response, out any) error {
	data, err := io.ReadAll(resp.Body)
	if err != nil {
		return fmt.Errorf("read the answer: %w", err)
	}
	if resp.StatusCode >= 300 {
		refusal := &Refusal{Status: resp.StatusCode}
		if json.Unmarshal(data, refusal) != nil || refusal.Message == "" {
			refusal.Message = fmt.Sprintf("%s: %s", resp.Status, bytes.TrimSpace(data))
		}
		return refusal
	}
	if out == nil || len(data) == 0 {
		return nil
	}
	if err := json.Unmarshal(data, out); err != nil {
		return fmt.Errorf("read the answer: %w", err)
	}
	return nil
}

// IsRefusal reports whether the desk understood and refused, as opposed to not
// being reachable.
func IsRefusal(err error) bool {
	var refusal *Refusal
	return errors.As(err, &refusal) && refusal.Status < 500
}

// FindProfiles returns the directory of the profiles that a control process
// wrote under dataDir, or empty when the environment names others.
func FindProfiles(dataDir string) string {
	if os.Getenv("AWS_SHARED_CREDENTIALS_FILE") != "" || os.Getenv("AWS_ACCESS_KEY_ID") != "" {
		return ""
	}
	dir := filepath.Join(dataDir, "aws")
	if _, err := os.Stat(filepath.Join(dir, "credentials")); err != nil {
		return ""
	}
	return dir
}
