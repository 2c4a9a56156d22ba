package worklist_test

import (
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"

	"demarc/agent/worklist"
)

func TestProblems(t *testing.T) {
	type key struct{ object, part string }
	var p worklist.Problems[key]
	one, two, other := key{"vif", "link"}, key{"vif", "routes"}, key{"port", ""}
	for _, step := range []struct {
		key     key
		err     error
		changed bool
	}{
		{one, nil, false},
		{one, errors.New("no link"), true},
		{one, errors.New("no link"), false},
		{two, errors.New("no hop"), true},
		{two, errors.New("bad hop"), true},
		{other, errors.New("dark"), true},
		{other, nil, true},
	} {
		if got := p.Note(step.key, step.err); got != step.changed {
			t.Errorf("%v %v: changed is %v", step.key, step.err, got)
		}
	}
	object := func(k key) string { return k.object }
	if diff := cmp.Diff(p.ByObject(object), map[string]string{"vif": "bad hop; no link"}); diff != "" {
		t.Errorf("problems (-got +want):\n%s", diff)
	}
	p.Forget(func(k key) bool { return k.object != "vif" })
	if got := p.ByObject(object); got != nil {
		t.Errorf("forgotten problems are %v", got)
	}
}
