package demarc

// SiteKeys are made at the first start of a site and shared by its control
// processes.
type SiteKeys struct {
	// Pages seals the tokens of paged lists.
	Pages Secret `json:"pages"`
	// Sessions seals the tokens of assumed roles, and their secrets follow from
	// it.
	Sessions Secret `json:"sessions"`
	// LinkTokens signs what customers hand to their partners.
	LinkTokens Secret `json:"linkTokens"`
}
