package loggroupkms

import (
	"regexp"
	"testing"
)

func TestVersion(t *testing.T) {
	t.Parallel()
	if got := Version(); !regexp.MustCompile(`^[0-9]+\.[0-9]+\.[0-9]+(-[0-9A-Za-z.-]+)?$`).MatchString(got) {
		t.Errorf("the file VERSION holds %q, want a version such as 1.0.0", got)
	}
}
