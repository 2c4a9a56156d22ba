package support

// The shapes below are AWS Support's own, of the nine operations.

type createCase struct {
	Subject           string   `json:"subject"`
	ServiceCode       string   `json:"serviceCode"`
	SeverityCode      string   `json:"severityCode"`
	CategoryCode      string   `json:"categoryCode"`
	CommunicationBody string   `json:"communicationBody"`
	CcEmailAddresses  []string `json:"ccEmailAddresses"`
	Language          string   `json:"language"`
	IssueType         string   `json:"issueType"`
	AttachmentSetID   string   `json:"attachmentSetId"`
}

type caseID struct {
	CaseID string `json:"caseId"`
}

type describeCases struct {
	CaseIDList            []string `json:"caseIdList"`
	DisplayID             string   `json:"displayId"`
	AfterTime             string   `json:"afterTime"`
	BeforeTime            string   `json:"beforeTime"`
	IncludeResolvedCases  bool     `json:"includeResolvedCases"`
	NextToken             string   `json:"nextToken"`
	MaxResults            int      `json:"maxResults"`
	Language              string   `json:"language"`
	IncludeCommunications *bool    `json:"includeCommunications"`
}

type caseList struct {
	Cases     []caseDetails `json:"cases"`
	NextToken string        `json:"nextToken,omitempty"`
}

type caseDetails struct {
	CaseID               string             `json:"caseId"`
	DisplayID            string             `json:"displayId"`
	Subject              string             `json:"subject"`
	Status               string             `json:"status"`
	ServiceCode          string             `json:"serviceCode"`
	CategoryCode         string             `json:"categoryCode"`
	SeverityCode         string             `json:"severityCode"`
	SubmittedBy          string             `json:"submittedBy"`
	TimeCreated          string             `json:"timeCreated"`
	RecentCommunications *communicationList `json:"recentCommunications,omitempty"`
	CcEmailAddresses     []string           `json:"ccEmailAddresses"`
	Language             string             `json:"language"`
}

type describeCommunications struct {
	CaseID     string `json:"caseId"`
	BeforeTime string `json:"beforeTime"`
	AfterTime  string `json:"afterTime"`
	NextToken  string `json:"nextToken"`
	MaxResults int    `json:"maxResults"`
}

type communicationList struct {
	Communications []communication `json:"communications"`
	NextToken      string          `json:"nextToken,omitempty"`
}

type communication struct {
	CaseID        string              `json:"caseId"`
	Body          string              `json:"body"`
	SubmittedBy   string              `json:"submittedBy"`
	TimeCreated   string              `json:"timeCreated"`
	AttachmentSet []attachmentDetails `json:"attachmentSet"`
}

type attachmentDetails struct {
	AttachmentID string `json:"attachmentId"`
	FileName     string `json:"fileName"`
}

type addCommunication struct {
	CaseID            string   `json:"caseId"`
	CommunicationBody string   `json:"communicationBody"`
	CcEmailAddresses  []string `json:"ccEmailAddresses"`
	AttachmentSetID   string   `json:"attachmentSetId"`
}

type result struct {
	Result bool `json:"result"`
}

type addAttachments struct {
	AttachmentSetID string       `json:"attachmentSetId"`
	Attachments     []attachment `json:"attachments"`
}

type attachment struct {
	FileName string `json:"fileName"`
	Data     []byte `json:"data"`
}

type attachmentSet struct {
	AttachmentSetID string `json:"attachmentSetId"`
	ExpiryTime      string `json:"expiryTime"`
}

type describeAttachment struct {
	AttachmentID string `json:"attachmentId"`
}

type attachmentAnswer struct {
	Attachment attachment `json:"attachment"`
}

type resolution struct {
	Initial string `json:"initialCaseStatus"`
	Final   string `json:"finalCaseStatus"`
}

type describeServices struct {
	ServiceCodeList []string `json:"serviceCodeList"`
	Language        string   `json:"language"`
}

type serviceList struct {
	Services []service `json:"services"`
}

type service struct {
	Code       string     `json:"code"`
	Name       string     `json:"name"`
	Categories []codeName `json:"categories"`
}

type severityLevels struct {
	SeverityLevels []codeName `json:"severityLevels"`
}

type codeName struct {
	Code string `json:"code"`
	Name string `json:"name"`
}
