package desk

import (
	room "demarc/desk"
	"demarc/route"
)

func (c call) whoAmI() (Account, error) {
	return Account{ID: c.by.ID, Name: c.by.Name, Title: c.by.Title, Party: c.by.Party}, nil
}

func (c call) environments() (Environments, error) {
	view, err := c.read()
	if err != nil {
		return Environments{}, err
	}
	out := Environments{Environments: []Environment{}}
	for _, s := range room.Environments(view, c.by.ID) {
		out.Environments = append(out.Environments, Environment{
			Name: s.Name, Edition: s.Edition, Entitled: s.Entitled, Region: s.Region,
			Platform: s.Platform, Customer: s.Customer, VPC: s.VPC, Gateway: s.Gateway,
			Links: s.Links, MaxLinks: s.MaxLinks, Elsewhere: showElsewhere(s.Elsewhere),
		})
	}
	return out, nil
}

func (c call) routes() (RouteTable, error) {
	view, err := c.read()
	if err != nil {
		return RouteTable{}, err
	}
	table, err := room.Routes(view, c.by.ID, c.request.PathValue("name"))
	if err != nil {
		return RouteTable{}, err
	}
	out := RouteTable{
		Environment: table.Environment.Name, VPC: table.Environment.VPC, Seen: table.Seen,
		Table: table.Table, Routes: judgedAll(table.Verdicts), Others: []OtherTable{}, Paths: []Path{},
	}
	for _, other := range table.Others {
		out.Others = append(out.Others, OtherTable{other.Table, judgedAll(other.Verdicts)})
	}
	for _, p := range table.Paths {
		out.Paths = append(out.Paths, Path(p))
	}
	return out, nil
}

func judgedAll(verdicts []route.Verdict) []Route {
	rows := []Route{}
	for _, v := range verdicts {
		rows = append(rows, judged(v))
	}
	return rows
}

func judged(v route.Verdict) Route {
	out := Route{Prefix: v.Prefix, Target: v.Target, Via: v.Via, Kind: string(v.Kind), Active: v.Active, Rule: v.Rule}
	if v.BeatenBy != nil {
		out.BeatenBy = &Winner{v.BeatenBy.Prefix, v.BeatenBy.Target, v.BeatenBy.Via, string(v.BeatenBy.Kind)}
	}
	return out
}
