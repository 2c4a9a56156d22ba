package support

import (
	"slices"

	"demarc"
	"demarc/desk"
	"demarc/store"
)

func (c call) addCommunication(in addCommunication) (result, error) {
	if len(in.CcEmailAddresses) > 0 {
		return result{}, invalid("ccEmailAddresses", "nobody is mailed")
	}
	err := c.write(func(tx *store.Tx) (err error) {
		var files []demarc.AttachmentID
		if in.AttachmentSetID != "" {
			if files, err = desk.InSet(tx, c.by.Account, in.AttachmentSetID, c.now); err != nil {
				return err
			}
		}
		_, err = desk.Reply(tx, c.by, demarc.CaseID(in.CaseID), in.CommunicationBody, files, c.now)
		return err
	})
	return result{err == nil}, err
}

func (c call) addAttachments(in addAttachments) (out attachmentSet, err error) {
	if len(in.Attachments) == 0 {
		return out, invalid("attachments", "there is nothing to add")
	}
	var files []desk.File
	for _, a := range in.Attachments {
		files = append(files, desk.File{Name: a.FileName, Data: a.Data})
	}
	err = c.write(func(tx *store.Tx) error {
		set, expiry, err := desk.AddToSet(tx, c.by.Account, in.AttachmentSetID, files, c.now)
		out = attachmentSet{set, stamp(expiry)}
		return err
	})
	return out, err
}

// describeAttachment gives an attachment's bytes, or, of what the API renders,
// the command that gives it.
func (c call) describeAttachment(in describeAttachment) (attachmentAnswer, error) {
	view, err := c.store.Read(c.ctx)
	if err != nil {
		return attachmentAnswer{}, err
	}
	a, err := desk.Attachment(view, c.by.Account, demarc.AttachmentID(in.AttachmentID))
	if command := desk.Rendered(a); command != "" {
		a.Data = []byte(command + "\n")
	}
	return attachmentAnswer{attachment{a.Name, a.Data}}, err
}

func (c call) resolveCase(in caseID) (out resolution, err error) {
	err = c.write(func(tx *store.Tx) error {
		before, err := desk.Case(tx, c.by.Account, demarc.CaseID(in.CaseID))
		if err != nil {
			return err
		}
		after, err := desk.Resolve(tx, c.by, before.ID, c.now)
		out = resolution{status(before.State), status(after.State)}
		return err
	})
	return out, err
}

func (c call) describeServices(in describeServices) (serviceList, error) {
	out := serviceList{Services: []service{}}
	if len(in.ServiceCodeList) > 0 && !slices.Contains(in.ServiceCodeList, serviceCode) {
		return out, nil
	}
	one := service{Code: serviceCode, Name: "Direct Connect", Categories: []codeName{{linkRequest, "Request a link"}}}
	for _, f := range desk.Forms() {
		one.Categories = append(one.Categories, codeName{string(f.Kind), f.Title})
	}
	out.Services = append(out.Services, one)
	return out, nil
}

func (c call) describeSeverityLevels(struct{}) (severityLevels, error) {
	return severityLevels{severities}, nil
}
