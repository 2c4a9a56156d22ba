package notice

import (
	"bytes"
	"cmp"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	"demarc"
)

// A cloudEvent is what is sent (CloudEvents 1.0, section 3.1).
type cloudEvent struct {
	SpecVersion     string          `json:"specversion"`
	ID              demarc.NoticeID `json:"id"`
	Source          string          `json:"source"`
	Type            string          `json:"type"`
	Subject         string          `json:"subject"`
	Time            time.Time       `json:"time"`
	DataContentType string          `json:"datacontenttype"`
	Data            bridgeEvent     `json:"data"`
}

// A bridgeEvent has the members of an EventBridge event. It has no account,
// since every party is sent the same bytes.
type bridgeEvent struct {
	Version    string          `json:"version"`
	ID         demarc.NoticeID `json:"id"`
	DetailType string          `json:"detail-type"`
	Source     string          `json:"source"`
	Time       time.Time       `json:"time"`
	Region     demarc.Region   `json:"region"`
	Resources  []string        `json:"resources"`
	Detail     json.RawMessage `json:"detail"`
}

// Body is a notice as the site sends it whose own Region is given, which stands
// for what is in none: for one notice always the same bytes.
func Body(n demarc.Notice, site demarc.Region) ([]byte, error) {
	body, err := json.Marshal(cloudEvent{
		SpecVersion: "1.0", ID: n.ID, Source: "urn:demarc:" + string(site), Type: "demarc." + n.Type, Subject: n.Subject, Time: n.At,
		DataContentType: "application/json",
		Data: bridgeEvent{
			Version: "0", ID: n.ID, DetailType: n.Type, Source: "demarc", Time: n.At, Region: cmp.Or(n.Region, site),
			Resources: append([]string{n.Subject}, n.Resources...), Detail: n.Detail,
		},
	})
	if err != nil {
		return nil, fmt.Errorf("write notice %s: %w", n.ID, err)
	}
	return body, nil
}

// request is one attempt to send a notice, signed at now as Standard Webhooks
// has it: HMAC-SHA256 over id, time and body.
func request(hook demarc.Webhook, n demarc.Notice, body []byte, now time.Time) (*http.Request, error) {
	req, err := http.NewRequest(http.MethodPost, hook.URL, bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	at := strconv.FormatInt(now.Unix(), 10)
	signature, err := Sign(hook.Secret, string(n.ID), at, body)
	if err != nil {
		return nil, err
	}
	req.Header.Set("Content-Type", "application/cloudevents+json; charset=utf-8")
	req.Header.Set("User-Agent", "demarc")
	req.Header.Set("Webhook-Id", string(n.ID))
	req.Header.Set("Webhook-Timestamp", at)
	req.Header.Set("Webhook-Signature", signature)
	return req, nil
}

// Sign is the header webhook-signature of a body that is sent at a time, in
// seconds since 1970, with a webhook's secret.
func Sign(secret demarc.Secret, id, at string, body []byte) (string, error) {
	key, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(secret.Reveal(), secretPrefix))
	if err != nil {
		return "", fmt.Errorf("a webhook's secret is not base64 after %s", secretPrefix)
	}
	mac := hmac.New(sha256.New, key)
	fmt.Fprintf(mac, "%s.%s.%s", id, at, body)
	return "v1," + base64.StdEncoding.EncodeToString(mac.Sum(nil)), nil
}
