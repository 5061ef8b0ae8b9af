package config

import (
	"slices"
	"strings"
)

// language is a set of names that AWS can have, such as the ARNs of keys: parts,
// one after the other. It tells whether a pattern can match one of them.
type language []part

// part is a small automaton. Its first state is 0.
type part struct {
	next func(state int, r rune) int // the state after a character; dead: no name goes on so
	ends func(state int) bool        // the part may end in this state
	some string                      // a character of each kind that next tells apart
}

const dead = -1

// literal is the part that is one text.
func literal(text string) part {
	return part{
		next: func(state int, r rune) int {
			if state < len(text) && rune(text[state]) == r {
				return state + 1
			}
			return dead
		},
		ends: func(state int) bool { return state == len(text) },
		some: text,
	}
}

// run is the part that has least to most characters of the given ones.
func run(characters string, least, most int) part {
	return part{
		next: func(state int, r rune) int {
			if state < most && strings.ContainsRune(characters, r) {
				return state + 1
			}
			return dead
		},
		ends: func(state int) bool { return state >= least },
		some: characters[:1],
	}
}

// place is where in a language a text can have come to.
type place struct{ part, state int }

// canMatch tells whether a pattern matches a name of the language, by following
// all names at once.
func (l language) canMatch(pattern string) bool {
	now := l.add(nil, place{})
	for _, r := range pattern {
		switch r {
		case '*':
			for i := 0; i < len(now); i++ { // grows on the way
				now = l.afterAny(now, now[i])
			}
		case '?':
			var after []place
			for _, at := range now {
				after = l.afterAny(after, at)
			}
			now = after
		default:
			var after []place
			for _, at := range now {
				after = l.after(after, at, r)
			}
			now = after
		}
	}
	return slices.Contains(now, place{part: len(l)})
}

// afterAny adds the places that a name can come to by one character more.
func (l language) afterAny(places []place, at place) []place {
	if at.part < len(l) {
		for _, r := range l[at.part].some {
			places = l.after(places, at, r)
		}
	}
	return places
}

// after adds the places that a name comes to by the character r.
func (l language) after(places []place, at place, r rune) []place {
	if at.part == len(l) {
		return places
	}
	state := l[at.part].next(at.state, r)
	if state == dead {
		return places
	}
	return l.add(places, place{at.part, state})
}

// add adds a place and, where its part may end there, the beginning of the next.
func (l language) add(places []place, at place) []place {
	if slices.Contains(places, at) {
		return places
	}
	places = append(places, at)
	if at.part < len(l) && l[at.part].ends(at.state) {
		places = l.add(places, place{part: at.part + 1})
	}
	return places
}

const (
	lower  = "abcdefghijklmnopqrstuvwxyz"
	digits = "0123456789"
)

// The states of a Region's name, which is two words or more and a number, with
// dashes between.
const (
	beforeFirst = iota
	inFirst
	beforeSecond
	inSecond
	beforeThird // or the number
	inThird
	oneDigit
	twoDigits
)

var regionName = part{
	next: func(state int, r rune) int {
		word, digit, dash := strings.ContainsRune(lower, r), strings.ContainsRune(digits, r), r == '-'
		switch {
		case word && state <= inThird:
			return state | 1 // into the word, or on in it
		case dash && (state == inFirst || state == inSecond):
			return state + 1
		case dash && state == inThird:
			return beforeThird
		case digit && state == beforeThird:
			return oneDigit
		case digit && state == oneDigit:
			return twoDigits
		}
		return dead
	},
	ends: func(state int) bool { return state >= oneDigit },
	some: "a0-",
}
