package account

import "container/list"

// recent keeps a number of values, those that were used last. It is not safe for
// concurrent use.
type recent[K comparable, V any] struct {
	most  int
	held  map[K]*list.Element // of order
	order *list.List          // of *kept[K, V], the last used first
}

type kept[K comparable, V any] struct {
	key   K
	value V
}

func newRecent[K comparable, V any](most int) *recent[K, V] {
	return &recent[K, V]{most: most, held: make(map[K]*list.Element), order: list.New()}
}

// get gives the value of a key. Where there is none it is made, and the one that was
// unused longest is given up if there are too many.
func (r *recent[K, V]) get(key K, make func() V) V {
	if held, ok := r.held[key]; ok {
		r.order.MoveToFront(held)
		return held.Value.(*kept[K, V]).value
	}
	made := &kept[K, V]{key, make()}
	r.held[key] = r.order.PushFront(made)
	if r.order.Len() > r.most {
		oldest := r.order.Remove(r.order.Back()).(*kept[K, V])
		delete(r.held, oldest.key)
	}
	return made.value
}
