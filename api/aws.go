package api

import (
	"bytes"
	"errors"
	"io"
	"net/http"
	"strings"

	"demarc"
	"demarc/api/awsjson"
	"demarc/api/awsquery"
	"demarc/api/cloudwatch"
	"demarc/api/directconnect"
	"demarc/api/ec2"
	"demarc/api/ram"
	"demarc/api/regional"
	"demarc/api/sigv4"
	"demarc/api/sts"
	"demarc/api/support"
	"demarc/audit"
)

// A dialect is how one of AWS's protocols says no.
type dialect struct {
	write func(w http.ResponseWriter, requestID string, status int, code, message string)
	// signature puts a refusal of a signature into the dialect's codes.
	signature func(*sigv4.Error) *sigv4.Error
}

var (
	inJSON  = dialect{awsjson.WriteError, func(e *sigv4.Error) *sigv4.Error { return e }}
	inQuery = dialect{sts.WriteError, (*sigv4.Error).Query}
	inEC2   = dialect{awsquery.WriteError, ec2.Signature}
	inREST  = dialect{ram.WriteError, ram.Signature}
	inCBOR  = dialect{cloudwatch.WriteError, func(e *sigv4.Error) *sigv4.Error { return e }}
)

// serveAWS answers AWS's clients whose protocols have one path.
func (d *door) serveAWS(w http.ResponseWriter, r *http.Request, v *visit) {
	d.serveSigned(w, r, v, dialectOf(r), d.dispatch)
}

// A handling answers a request of a known caller. service is what it was signed
// for, and body what was meant, which r has too.
type handling func(w http.ResponseWriter, r *http.Request, v *visit, service string, body []byte)

// serveSigned finds out who calls, limits and unpacks, and lets handle answer.
func (d *door) serveSigned(w http.ResponseWriter, r *http.Request, v *visit, spoken dialect, handle handling) {
	body, err := awsjson.ReadBody(r)
	if err != nil {
		refuse(w, v, spoken, err)
		return
	}
	r.Body = io.NopCloser(bytes.NewReader(body))
	by, err := d.keys.identify(d.keys.aws, r, body)
	if err != nil {
		refuse(w, v, spoken, err)
		return
	}
	v.account, v.session = by.account.ID, by.session
	v.scope = regional.Scope{Region: by.region, Site: d.site}
	r = r.WithContext(audit.Through(r.Context(), by.session))
	if !d.throttle.admit(by.account.ID, d.Clock()) {
		refuse(w, v, spoken, throttled(by.service))
		return
	}
	// The signature is of what was sent, the operation is in what was meant.
	if body, err = awsjson.Inflate(r.Header, body); err != nil {
		refuse(w, v, spoken, err)
		return
	}
	r.Body = io.NopCloser(bytes.NewReader(body))
	handle(w, r, v, by.service, body)
}

// dispatch goes by what was signed for.
func (d *door) dispatch(w http.ResponseWriter, r *http.Request, v *visit, service string, body []byte) {
	switch service {
	case sts.Service:
		d.serveSTS(w, r, v)
	case ec2.Name:
		d.serveEC2(w, r, v)
	case ram.Name:
		refuse(w, v, inREST, ram.UnknownOperation())
	case cloudwatch.Name:
		d.serveCloudWatch(w, r, v, body)
	case support.Name:
		d.serveSupport(w, r, v, body)
	default:
		d.serveDirectConnect(w, r, v, body)
	}
}

// dialectOf guesses from its form which protocol a request is in, before it is
// known whose it is. It decides only what a refusal looks like.
func dialectOf(r *http.Request) dialect {
	switch {
	case strings.HasPrefix(r.URL.Path, cloudwatch.Path):
		return inCBOR
	case r.Header.Get("X-Amz-Target") != "" || strings.HasPrefix(r.Header.Get("Content-Type"), "application/x-amz-json"):
		return inJSON
	case strings.Contains(r.Header.Get("Authorization"), "/"+ec2.Name+"/aws4_request"):
		return inEC2
	}
	return inQuery
}

// rootOf is an account as STS names one that has no users.
func rootOf(id demarc.AccountID) sts.Identity {
	return sts.Identity{ARN: "arn:aws:iam::" + string(id) + ":root", UserID: string(id), Account: string(id)}
}

func (d *door) serveEC2(w http.ResponseWriter, r *http.Request, v *visit) {
	if err := r.ParseForm(); err != nil {
		refuse(w, v, inEC2, &awsjson.Error{Type: "MalformedQueryString", Status: http.StatusBadRequest, Message: "The query string contains a syntax error."})
		return
	}
	if operation := r.Form.Get("Action"); ec2.Built(operation) { // others would be labels without end
		v.operation, v.changes = operation, ec2.Changes(operation)
	}
	if err := narrow(v, ec2.Name); err != nil {
		refuse(w, v, inEC2, err)
		return
	}
	document, err := d.ec2.Call(r.Context(), v.scope, v.account, v.id, r.Form)
	if err != nil {
		e := ec2.ExceptionOf(err)
		name(w, err)
		v.refused(e.Code, err, e.Ours)
		awsquery.WriteError(w, v.id, e.Status, e.Code, e.Message)
		return
	}
	awsquery.Write(w, v.id, http.StatusOK, document)
}

// ramOperation answers one operation of RAM, whose path was asked for.
func (d *door) ramOperation(operation string) handling {
	return func(w http.ResponseWriter, r *http.Request, v *visit, service string, body []byte) {
		if service != ram.Name {
			refuse(w, v, inREST, ram.UnknownOperation())
			return
		}
		v.operation, v.changes = operation, ram.Changes(operation)
		if err := narrow(v, ram.Name); err != nil {
			refuse(w, v, inREST, err)
			return
		}
		out, err := d.ram.Call(r.Context(), ram.Request{
			By: v.account, Scope: v.scope, Operation: operation, Body: body, Query: r.URL.Query(), Invocation: r.Header.Get("Amz-Sdk-Invocation-Id"),
		})
		if err != nil {
			e := ram.ExceptionOf(operation, err)
			name(w, err)
			v.refused(e.Type, err, e.Ours)
			ram.WriteError(w, v.id, e.Status, e.Type, e.Message)
			return
		}
		if err := ram.WriteResult(w, v.id, out); err != nil {
			v.refused(internalFailure, err, true)
		}
	}
}

func (d *door) serveDirectConnect(w http.ResponseWriter, r *http.Request, v *visit, body []byte) {
	operation, err := awsjson.Operation(r, directconnect.Target)
	if err != nil {
		refuse(w, v, inJSON, err)
		return
	}
	if _, known := directconnect.ShapeOf(operation); known { // others would be labels without end
		v.operation, v.changes = operation, directconnect.Changes(operation)
	}
	if err := narrow(v, directconnect.Name); err != nil {
		refuse(w, v, inJSON, err)
		return
	}
	out, err := d.directConnect.Call(r.Context(), directconnect.Request{
		By: v.account, Scope: v.scope, Operation: operation, Body: body, Invocation: r.Header.Get("Amz-Sdk-Invocation-Id"),
	})
	if err != nil {
		e := directconnect.ExceptionOf(operation, err)
		name(w, err)
		v.refused(e.Type, err, e.Ours)
		awsjson.WriteError(w, v.id, e.Status, e.Type, e.Message)
		return
	}
	if err := awsjson.WriteResult(w, v.id, out); err != nil {
		v.refused(internalFailure, err, true)
	}
}

func (d *door) serveSupport(w http.ResponseWriter, r *http.Request, v *visit, body []byte) {
	operation, err := awsjson.Operation(r, support.Target)
	if support.Built(operation) { // others would be labels without end
		v.operation, v.changes = operation, support.Changes(operation)
	}
	if err == nil {
		err = narrow(v, support.Name)
	}
	if err != nil {
		refuse(w, v, inJSON, err)
		return
	}
	answer, err := d.support.Call(r.Context(), v.account, operation, body)
	if err != nil {
		e := support.ExceptionOf(operation, err)
		name(w, err)
		v.refused(e.Type, err, e.Ours)
		awsjson.WriteError(w, v.id, e.Status, e.Type, e.Message)
		return
	}
	if err := awsjson.WriteResult(w, v.id, awsjson.Kept(answer)); err != nil {
		v.refused(internalFailure, err, true)
	}
}

func (d *door) serveCloudWatch(w http.ResponseWriter, r *http.Request, v *visit, body []byte) {
	question, err := cloudwatch.Read(r, body)
	if cloudwatch.Built(question.Operation) { // others would be labels without end
		v.operation = question.Operation
	}
	var out any
	if err == nil {
		out, err = d.cloudWatch.Call(r.Context(), v.scope, v.account, question)
	}
	if err != nil {
		e := cloudwatch.ExceptionOf(err)
		name(w, err)
		v.refused(e.Code, err, e.Ours)
		question.Refuse(w, v.id, e)
		return
	}
	question.Write(w, v.id, out)
}

// internalFailure is AWS's code for what went wrong outside any operation.
const (
	internalFailure = "InternalFailure"
	internalMessage = "An internal error occurred. It was logged with the id of this request."
)

// refuse answers a request that came to no operation.
func refuse(w http.ResponseWriter, v *visit, spoken dialect, err error) {
	if wrong, ok := errors.AsType[*sigv4.Error](err); ok {
		wrong = spoken.signature(wrong)
		v.refused(wrong.Code, err, false)
		spoken.write(w, v.id, wrong.Status, wrong.Code, wrong.Message)
		return
	}
	if fault, ok := errors.AsType[*awsjson.Error](err); ok {
		v.refused(fault.Type, err, false)
		spoken.write(w, v.id, fault.Status, fault.Type, fault.Message)
		return
	}
	v.refused(internalFailure, err, true)
	spoken.write(w, v.id, http.StatusInternalServerError, internalFailure, internalMessage)
}
