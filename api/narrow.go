package api

import (
	"net/http"

	"demarc"
	"demarc/api/awsjson"
	"demarc/api/ec2"
	"demarc/api/sts"
)

// narrow refuses a change by a session whose role may only work on cases: what
// it may do there, the desk says. Otherwise an agent could do by AWS's API what
// at the desk takes two.
func narrow(v *visit, service string) error {
	if !v.changes || !demarc.Narrow(v.session.Role) {
		return nil
	}
	refusal := &awsjson.Error{
		Type: "AccessDeniedException", Status: http.StatusBadRequest,
		Message: "User: " + v.session.ARN() + " is not authorized to perform: " + service + ":" + v.operation,
	}
	switch service {
	case ec2.Name:
		refusal.Type, refusal.Status = "UnauthorizedOperation", http.StatusForbidden
	case sts.Service:
		refusal.Type, refusal.Status = "AccessDenied", http.StatusForbidden
	}
	return refusal
}
