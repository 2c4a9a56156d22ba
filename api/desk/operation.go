package desk

import (
	"net/http"
	"reflect"
	"slices"

	"demarc"
)

// An Operation is one thing that can be done: a row of the table from which
// the handler and the OpenAPI document are made.
type Operation struct {
	Method string
	// Path is a pattern: /desk/v1/links/{id}.
	Path string
	// ID names the operation in the OpenAPI document and in logs.
	ID      string
	Summary string
	// Status is that of a success.
	Status int
	// Public is true where anybody may ask.
	Public bool
	// Changes is true where something may be changed, and Roles are the narrow
	// ones (demarc.Narrow) that may do it nonetheless.
	Changes bool
	Roles   []string
	// Query are the parameters that may follow the path.
	Query []Parameter
	// In and Out are the types of the bodies; In is nil where there is none.
	In, Out reflect.Type

	serve func(call) (any, error)
}

// A Parameter is one that may follow a path: ?name=value.
type Parameter struct{ Name, Doc string }

// reads is a row that takes no body and changes nothing.
func reads[Out any](path, id, summary string, fn func(call) (Out, error)) Operation {
	return Operation{
		Method: http.MethodGet, Path: path, ID: id, Summary: summary, Status: http.StatusOK,
		Out:   reflect.TypeFor[Out](),
		serve: func(c call) (any, error) { return fn(c) },
	}
}

// acts is a row that takes no body and changes something; what is sent as a
// body is not looked at.
func acts[Out any](path, id, summary string, fn func(call) (Out, error)) Operation {
	op := reads(path, id, summary, fn)
	op.Method, op.Changes = http.MethodPost, true
	op.serve = logged(id, op.serve)
	return op
}

// takes is a row that takes a body.
func takes[In, Out any](path, id, summary string, status int, fn func(call, In) (Out, error)) Operation {
	return Operation{
		Method: http.MethodPost, Path: path, ID: id, Summary: summary, Status: status, Changes: true,
		In: reflect.TypeFor[In](), Out: reflect.TypeFor[Out](),
		serve: logged(id, func(c call) (any, error) {
			var in In
			if err := decode(c.request.Body, &in); err != nil {
				return nil, err
			}
			return fn(c, in)
		}),
	}
}

// asks is a row that takes a body and changes nothing.
func asks[In, Out any](path, id, summary string, fn func(call, In) (Out, error)) Operation {
	op := takes(path, id, summary, http.StatusOK, fn)
	op.Changes = false
	return op
}

// with is the row with parameters.
func (op Operation) with(query []Parameter) Operation {
	op.Query = query
	return op
}

// logged notes what was done and by whom.
func logged(id string, serve func(call) (any, error)) func(call) (any, error) {
	return func(c call) (any, error) {
		answer, err := serve(c)
		if err == nil {
			c.Log.Info("desk carried out a request", "operation", id, "account", c.by.ID)
		}
		return answer, err
	}
}

// Operations is the table, in the order of the document.
func Operations() []Operation {
	document := reads("/desk/v1/openapi.json", "getOpenAPI", "This document", func(call) (Document, error) { return OpenAPI(), nil })
	document.Public = true
	return slices.Concat([]Operation{
		document,
		reads("/desk/v1/whoami", "whoAmI", "The account that signed the request", call.whoAmI),
		reads("/desk/v1/audit", "listAudit", "What was changed and by whom, the latest first: by the caller, or by anybody for the site's operator", call.audit).with(auditQuery),
		reads("/desk/v1/clock", "getClock", "What time it is for the site", call.clock),
		takes("/desk/v1/operator/clock", "moveClock", "Move a site that rehearses forward in time", http.StatusOK, call.moveClock),
		reads("/desk/v1/environments", "listEnvironments", "The environments that the caller runs or is the customer of", call.environments),
		reads("/desk/v1/environments/{name}/routes", "getEnvironmentRoutes", "The route table of an environment: what is used, what is shadowed and why", call.routes),
		asks("/desk/v1/links:preflight", "preflightLink", "Everything that would refuse a link; changes nothing", call.preflight),
		takes("/desk/v1/links", "requestLink", "Ask for a link into an environment", http.StatusCreated, call.requestLink),
		reads("/desk/v1/links", "listLinks", "The links that the caller may see", call.links),
		reads("/desk/v1/links/{id}", "getLink", "A link with its steps", call.link),
		takes("/desk/v1/links/{id}/drills", "startDrill", "Force the sessions of a leg down for a time, where the platform lets its customer", http.StatusCreated, call.startDrill),
		reads("/desk/v1/links/{id}/drills", "listDrills", "The drills of a link with their verdicts, the latest first", call.drills),
		acts("/desk/v1/links/{id}/drills/{drill}/stop", "stopDrill", "End a drill before its time", call.stopDrill),
		reads("/desk/v1/facility/cross-connects", "listCrossConnects", "The cross-connects of the caller's buildings", call.crossConnects),
		acts("/desk/v1/facility/cross-connects/{connection}/patch", "patchCrossConnect", "The fibre is plugged in", call.patch),
		takes("/desk/v1/facility/cross-connects/{connection}/report", "reportCrossConnect", "What is wrong with a fibre, or where it really leads", http.StatusOK, call.reportFibre),
		acts("/desk/v1/facility/cross-connects/{connection}/unpatch", "unpatchCrossConnect", "The fibre is pulled out", call.unpatch),
		takes("/desk/v1/platform/maintenance", "planMaintenance", "Plan work on a device or a location, for the site's operator", http.StatusCreated, call.planMaintenance),
		reads("/desk/v1/platform/maintenance", "listMaintenances", "Planned work, by start, for the site's operator", call.maintenances),
		acts("/desk/v1/platform/maintenance/{id}/cancel", "cancelMaintenance", "Take work out of the calendar, or end it early", call.cancelMaintenance),
		reads("/desk/v1/notices", "listNotices", "What happened to what the caller is party to, the latest first; everything, for the site's operator", call.notices),
		takes("/desk/v1/notices/webhooks", "addWebhook", "Have the caller's notices sent to a URL; the secret is in this answer only", http.StatusCreated, call.addWebhook),
		reads("/desk/v1/notices/webhooks", "listWebhooks", "The caller's webhooks", call.webhooks),
		acts("/desk/v1/notices/webhooks/{id}/remove", "removeWebhook", "End a webhook", call.removeWebhook),
		acts("/desk/v1/notices/webhooks/{id}/test", "testWebhook", "Send a notice of type notice.test to a webhook", call.testWebhook),
		takes("/desk/v1/notices/webhooks/{id}/replay", "replayWebhook", "Send once more what has happened since a time", http.StatusOK, call.replayWebhook),
		reads("/desk/v1/notices/webhooks/{id}/deliveries", "listDeliveries", "What became of the latest notices for a webhook", call.deliveries),
		acts("/desk/v1/platform/virtual-interfaces/{id}/verify", "verifyVirtualInterface", "The ASN and the prefixes of a public virtual interface are its customer's", call.verify),
	}, caseOperations(), cutoverOperations(), policyOperations(), tokenOperations(), elsewhereOperations())
}

// tokenOperations are the rows about what a customer hands to its partner.
func tokenOperations() []Operation {
	return []Operation{
		takes("/desk/v1/links/{id}/tokens", "issueToken", "Issue a token for a leg, with which a partner allocates its interface once", http.StatusCreated, call.issueToken),
		reads("/desk/v1/links/{id}/tokens", "listTokens", "The tokens of a link, the oldest first", call.tokens),
		acts("/desk/v1/tokens/{id}/withdraw", "withdrawToken", "Take a token back", call.withdrawToken),
		asks("/desk/v1/partner/tokens:inspect", "inspectToken", "What a token says", call.inspectToken),
		takes("/desk/v1/partner/tokens:redeem", "redeemToken", "Allocate what a token asks for on a connection of the caller's", http.StatusCreated, call.redeemToken),
		reads("/desk/v1/partner/tokens", "listRedeemedTokens", "The tokens that the caller has redeemed", call.partnerTokens),
	}
}

// policyOperations are the rows about what a platform accepts by itself.
func policyOperations() []Operation {
	return []Operation{
		takes("/desk/v1/platform/policies", "applyPolicy", "Make rules those of the caller's platform, as a new version", http.StatusCreated, call.applyPolicy),
		reads("/desk/v1/platform/policies", "listPolicies", "The versions of the caller's policy, the oldest first", call.policies),
		asks("/desk/v1/platform/policies:test", "testPolicy", "What rules would make of an interface or of a link; changes nothing", call.testPolicy),
		reads("/desk/v1/decisions", "listDecisions", "What policies made of interfaces; to a platform with the rule and the facts", call.decisions),
	}
}

// caseOperations are the rows of the table about cases.
func caseOperations() []Operation {
	const agent, approver = demarc.RoleAgent, demarc.RoleApprover
	return []Operation{
		reads("/desk/v1/case-forms", "listCaseForms", "Which fields each kind of case has", call.caseForms),
		takes("/desk/v1/cases", "openCase", "Ask the platform something", http.StatusCreated, call.openCase),
		takes("/desk/v1/links/{id}/end", "endLink", "End a link for cause, as its platform: its customer is told, and a second person agrees where the policy asks", http.StatusCreated, call.endLink).forRoles(approver),
		reads("/desk/v1/cases", "listCases", "The cases that the caller opened or is to answer", call.cases),
		reads("/desk/v1/cases/{id}", "getCase", "A case, with what was requested against what was allocated", call.getCase),
		takes("/desk/v1/cases/{id}/reply", "replyCase", "Say something in a case: the other side moves next", http.StatusOK, call.reply).forRoles(agent),
		takes("/desk/v1/cases/{id}/answer", "answerCase", "Answer a case with words", http.StatusOK, call.answer).forRoles(agent),
		takes("/desk/v1/cases/{id}/reject", "rejectCase", "Reject what a case asks for, with a reason", http.StatusOK, call.reject).forRoles(agent, approver),
		acts("/desk/v1/cases/{id}/accept", "acceptCase", "Do what a case asks for, or propose it where two persons have to agree", call.acceptCase).forRoles(agent),
		acts("/desk/v1/cases/{id}/approve", "approveCase", "Agree as the second person to what the first has accepted", call.approveCase).forRoles(approver),
		acts("/desk/v1/cases/{id}/resolve", "resolveCase", "Ask no longer, as the opener of a case", call.resolveCase),
		takes("/desk/v1/attachments", "addAttachment", "Keep a file, or a reference to what the API renders, until a case has it", http.StatusCreated, call.attach).forRoles(agent),
		reads("/desk/v1/attachments/{id}", "getAttachment", "An attachment with its data", call.attachment),
	}
}
