package procedure

import (
	"bytes"
	"context"
	"errors"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/directconnect"
	"github.com/aws/aws-sdk-go-v2/service/directconnect/types"

	"demarc"
	"demarc/client"
)

// linkTag marks a connection as ordered for a link.
const linkTag = "demarc:link"

func (w *Walk) customer() *directconnect.Client {
	return w.Parties[demarc.Customer].DirectConnect()
}

// linkRequest is what POST /desk/v1/links takes.
type linkRequest struct {
	Environment string       `json:"environment"`
	Topology    string       `json:"topology"`
	Legs        []legRequest `json:"legs"`
	Prefixes    []string     `json:"prefixes"`
}

type legRequest struct {
	Location  string `json:"location"`
	Bandwidth string `json:"bandwidth"`
}

func (w *Walk) request(environment string) linkRequest {
	return linkRequest{
		Environment: environment,
		Topology:    string(demarc.OwnCage),
		Legs:        []legRequest{{Location: string(w.Location), Bandwidth: w.Bandwidth.String()}},
		Prefixes:    []string{w.Router.LAN().String()},
	}
}

func (w *Walk) proveEntitled(ctx context.Context) (string, error) {
	desk := w.Parties[demarc.Customer]
	refusal := ""
	if w.Refused != "" {
		var refused *client.Refusal
		err := desk.Desk(ctx, "POST", "/desk/v1/links", w.request(w.Refused), nil)
		if !errors.As(err, &refused) {
			if err == nil {
				return "", contradiction("a link into %s was granted though its edition has no Direct Connect", w.Refused)
			}
			return "", err
		}
		if refused.Code != "E-EDITION-NODX" {
			return "", err
		}
		refusal = fmt.Sprintf("; %s refused with %s", w.Refused, refused.Code)
	}
	var list struct {
		Links []demarc.Link `json:"links"`
	}
	if err := desk.Desk(ctx, "GET", "/desk/v1/links", nil, &list); err != nil {
		return "", err
	}
	for _, link := range list.Links {
		if link.Environment == w.Environment && len(link.Legs) == 1 && link.Legs[0].Location == w.Location {
			w.link = link.ID
			return fmt.Sprintf("%s into %s is there already%s", link.ID, link.Environment, refusal), nil
		}
	}
	var link demarc.Link
	if err := desk.Desk(ctx, "POST", "/desk/v1/links", w.request(w.Environment), &link); err != nil {
		return "", err
	}
	w.link = link.ID
	return fmt.Sprintf("%s into %s granted%s", link.ID, link.Environment, refusal), nil
}

func (w *Walk) proveOrder(ctx context.Context) (string, error) {
	conn, err := w.findConnection(ctx)
	if err != nil {
		return "", err
	}
	if conn == nil {
		if conn, err = w.createConnection(ctx); err != nil {
			return "", err
		}
	}
	w.connection = aws.ToString(conn.ConnectionId)
	loa, err := w.customer().DescribeLoa(ctx, &directconnect.DescribeLoaInput{
		ConnectionId: conn.ConnectionId, ProviderName: aws.String("Acme Corporation"), LoaContentType: types.LoaContentTypePdf,
	})
	if err != nil {
		return "", err
	}
	if !bytes.HasPrefix(loa.LoaContent, []byte("%PDF-")) {
		return "", contradiction("the letter of authority is no PDF")
	}
	return fmt.Sprintf("%s is %s on %s; LOA-CFA of %d bytes", w.connection, conn.ConnectionState,
		aws.ToString(conn.AwsDeviceV2), len(loa.LoaContent)), nil
}

// findConnection returns the connection ordered for the link, or nil.
func (w *Walk) findConnection(ctx context.Context) (*types.Connection, error) {
	out, err := w.customer().DescribeConnections(ctx, &directconnect.DescribeConnectionsInput{})
	if err != nil {
		return nil, err
	}
	for _, conn := range out.Connections {
		for _, tag := range conn.Tags {
			if aws.ToString(tag.Key) == linkTag && aws.ToString(tag.Value) == string(w.link) && conn.ConnectionState != types.ConnectionStateDeleted {
				return &conn, nil
			}
		}
	}
	return nil, nil
}

func (w *Walk) createConnection(ctx context.Context) (*types.Connection, error) {
	out, err := w.customer().CreateConnection(ctx, &directconnect.CreateConnectionInput{
		Location:       aws.String(string(w.Location)),
		Bandwidth:      aws.String(w.Bandwidth.String()),
		ConnectionName: aws.String(w.Environment + " at " + string(w.Location)),
		Tags:           []types.Tag{{Key: aws.String(linkTag), Value: aws.String(string(w.link))}},
	})
	if err != nil {
		return nil, err
	}
	if out.ConnectionState != types.ConnectionStateRequested {
		return nil, contradiction("a new connection is %s; expected requested", out.ConnectionState)
	}
	return &types.Connection{ConnectionId: out.ConnectionId, ConnectionState: out.ConnectionState, AwsDeviceV2: out.AwsDeviceV2}, nil
}

func (w *Walk) provePatched(ctx context.Context) (string, error) {
	conn, err := w.findConnection(ctx)
	if err != nil {
		return "", err
	}
	if conn == nil {
		return "", contradiction("%s is no longer there", w.connection)
	}
	if conn.ConnectionState == types.ConnectionStateRequested {
		path := "/desk/v1/facility/cross-connects/" + w.connection + "/patch"
		if err := w.Parties[demarc.Facility].Desk(ctx, "POST", path, nil, nil); err != nil {
			return "", err
		}
	}
	err = until(ctx, "the connection to be available", func() (bool, string, error) {
		conn, err := w.findConnection(ctx)
		if err != nil || conn == nil {
			return false, "no connection", err
		}
		return conn.ConnectionState == types.ConnectionStateAvailable, string(conn.ConnectionState), nil
	})
	return fmt.Sprintf("%s is available: carrier on the port", w.connection), err
}
