package failure

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// mostText is how many bytes of a text leave the program. A failure record has to
// fit into a queue's message, together with the event that failed.
const mostText = 16 << 10

// Clean makes a text fit to leave the program: one line of limited length without
// control characters. AWS's texts are not ours to trust: the runtime copies an
// error's text into a header of its request to Lambda, which a single DEL makes
// invalid, and the process then ends with the error untold.
func Clean(text string) string {
	if len(text) > mostText {
		end := mostText
		for end > 0 && !utf8.RuneStart(text[end]) {
			end--
		}
		more := "bytes"
		if len(text)-end == 1 {
			more = "byte"
		}
		return Clean(text[:end]) + fmt.Sprintf("… (%d %s more)", len(text)-end, more)
	}
	return strings.Map(func(r rune) rune {
		switch {
		case !unicode.IsControl(r):
			return r
		case unicode.IsSpace(r):
			return ' '
		}
		return utf8.RuneError
	}, text)
}
