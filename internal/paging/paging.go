// Package paging guards listings against tokens that repeat. A service, or what
// stands in front of it, that answers the same tokens over and over would keep a
// listing going for ever.
package paging

import "errors"

// Guard watches the tokens of one listing. It remembers one token at a time and
// waits twice as long with each, so that it finds a circle of any length, in
// memory that does not grow (Brent's algorithm). The zero value is ready.
type Guard struct {
	kept  string // the token that later ones are held against
	since int    // tokens since then
	limit int    // tokens until another one is kept
}

// Next notes the token of the next page. Its error says that the listing goes in a
// circle.
func (g *Guard) Next(token string) error {
	if g.since > 0 && token == g.kept {
		return errors.New("AWS answers the same tokens again, so the listing would never end")
	}
	if g.since == g.limit {
		g.kept, g.since, g.limit = token, 0, max(1, 2*g.limit)
	}
	g.since++
	return nil
}
