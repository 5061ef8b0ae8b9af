// Package loggroupkms is the whole program's: it knows its version, which the
// file VERSION holds for the program, the release and the template alike.
package loggroupkms

import (
	_ "embed" // reads VERSION when the program is built
	"strings"
)

//go:embed VERSION
var version string

// Version gives this program's version, such as 1.0.0.
func Version() string { return strings.TrimSpace(version) }
