package site

import (
	"cmp"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"demarc"
	"demarc/internal/durable"
	"demarc/store"
)

// WriteProfiles writes an AWS profile for every account of the store under
// dir: the files config and credentials, which any AWS client reads. Only
// their owner may read them, since they hold the secret keys.
func WriteProfiles(dir string, r store.Reader, region demarc.Region) error {
	accounts := slices.SortedFunc(store.Accounts.All(r), func(a, b demarc.Account) int { return cmp.Compare(a.Name, b.Name) })
	var config, credentials strings.Builder
	for _, a := range accounts {
		fmt.Fprintf(&config, "[profile %s]\nregion = %s\noutput = json\n\n", a.Name, region)
		for key := range store.AccessKeys.By(r, "account", string(a.ID)) {
			fmt.Fprintf(&credentials, "[%s]\naws_access_key_id = %s\naws_secret_access_key = %s\n\n", a.Name, key.ID, key.Secret.Reveal())
			break
		}
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return fmt.Errorf("write AWS profiles: %w", err)
	}
	for name, text := range map[string]string{"config": config.String(), "credentials": credentials.String()} {
		if err := durable.Replace(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			return fmt.Errorf("write AWS profiles: %w", err)
		}
	}
	return nil
}
