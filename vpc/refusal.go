package vpc

import "demarc"

// What clients branch on, a refusal of this room says by its code.
const (
	CodeInUse    = "E-NET-INUSE"    // something hangs on it
	CodeRange    = "E-NET-RANGE"    // no range of addresses, or one of a wrong size or place
	CodeOverlap  = "E-NET-OVERLAP"  // the range is another's already
	CodeTaken    = "E-NET-TAKEN"    // attached or associated already
	CodeDetached = "E-NET-DETACHED" // not attached where it should be
	CodeExists   = "E-NET-EXISTS"   // there is one like it already
	CodeAbsent   = "E-NET-ABSENT"   // there is none like it
	CodeDefault  = "E-NET-DEFAULT"  // it came with its VPC and leaves with it
	CodeState    = "E-NET-STATE"    // its state forbids this now
	CodeVersion  = "E-NET-VERSION"  // it has changed since the caller read it
)

// notFound is the one answer to what does not exist and what is another's.
func notFound(kind, id string) *demarc.Error {
	return demarc.Errorf(demarc.NotFound, "The %s ID '%s' does not exist", kind, id).In(kind)
}

func inUse(kind, id, by string) *demarc.Error {
	return demarc.Errorf(demarc.Conflict, "The %s '%s' has dependencies and cannot be deleted: %s", kind, id, by).
		Coded(CodeInUse, "Delete or detach those first").In(kind)
}
