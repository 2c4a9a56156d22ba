// Command genec2 writes how EC2 spells the members of what demarc answers, and
// the names of everything that EC2 has, from the source of the AWS SDK for Go.
//
//	genec2 operations.go names_gen.go operations.txt
//
// The keys of the map operations in the first file say which operations count
// for the second; only spellings that differ from the protocol's rule are
// written. The third lists every operation that the SDK knows.
//
// The SDK's structs carry no tags: the spelling is in the text of its
// serializers, so that is what is read.
package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
)

func main() {
	if len(os.Args) != 4 {
		fmt.Fprintln(os.Stderr, "usage: genec2 operations.go names_gen.go operations.txt")
		os.Exit(2)
	}
	if err := generate(os.Args[1], os.Args[2], os.Args[3]); err != nil {
		fmt.Fprintln(os.Stderr, "genec2:", err)
		os.Exit(1)
	}
}

const module = "github.com/aws/aws-sdk-go-v2/service/ec2"

var rowKey = regexp.MustCompile(`(?m)^\t"([A-Za-z]+)":`)

func generate(table, namesFile, listFile string) error {
	dir, err := exec.Command("go", "list", "-m", "-f", "{{.Dir}}", module).Output()
	if err != nil {
		return fmt.Errorf("find %s: %w", module, err)
	}
	root := strings.TrimSpace(string(dir))
	all, err := known(root)
	if err != nil {
		return err
	}
	rows, err := os.ReadFile(table)
	if err != nil {
		return fmt.Errorf("read the table of operations: %w", err)
	}
	var built []string
	for _, m := range rowKey.FindAllStringSubmatch(string(rows), -1) {
		built = append(built, m[1])
	}
	text, err := spellings(root, built)
	if err != nil {
		return err
	}
	if err := os.WriteFile(namesFile, text, 0o644); err != nil {
		return fmt.Errorf("write the spellings: %w", err)
	}
	if err := os.WriteFile(listFile, []byte(strings.Join(all, "\n")+"\n"), 0o644); err != nil {
		return fmt.Errorf("write the operations: %w", err)
	}
	return nil
}

// known lists the operations of the SDK by the files that it has for them.
func known(root string) ([]string, error) {
	files, err := filepath.Glob(filepath.Join(root, "api_op_*.go"))
	if err != nil {
		return nil, fmt.Errorf("list the operations: %w", err)
	}
	var names []string
	for _, file := range files {
		name := strings.TrimPrefix(strings.TrimSuffix(filepath.Base(file), ".go"), "api_op_")
		if !strings.HasSuffix(name, "_test") {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names, nil
}
