package awsfake

import (
	"encoding/binary"
	"errors"
	"fmt"
	"maps"
	"math"
	"slices"
	"time"
)

// instant is a point in time as both forms of CloudWatch's answers write it: JSON
// as a number of seconds, CBOR as that number with the tag for times.
type instant time.Time

// MarshalJSON writes seconds since 1970.
func (t instant) MarshalJSON() ([]byte, error) {
	return fmt.Appendf(nil, "%.3f", seconds(time.Time(t))), nil
}

// Major types of CBOR (RFC 8949, section 3.1), shifted to where they stand in an
// item's first byte.
const (
	cborUnsigned = iota << 5
	cborNegative
	cborBytes
	cborText
	cborArray
	cborMap
	cborTag
	cborOther // simple values and floats
)

const (
	cborFalse      = cborOther | 20
	cborTrue       = cborOther | 21
	cborNull       = cborOther | 22
	cborUndefined  = cborOther | 23
	cborHalf       = cborOther | 25
	cborFloat      = cborOther | 26
	cborDouble     = cborOther | 27
	cborBreak      = cborOther | 31
	cborIndefinite = 31
	cborEpoch      = 1 // the tag of times
)

// appendCBOR appends a value's form in CBOR. It takes what answers are made of.
func appendCBOR(b []byte, value any) ([]byte, error) {
	switch v := value.(type) {
	case nil:
		return append(b, cborNull), nil
	case bool:
		if v {
			return append(b, cborTrue), nil
		}
		return append(b, cborFalse), nil
	case int:
		if v < 0 {
			return appendHead(b, cborNegative, uint64(-1-v)), nil
		}
		return appendHead(b, cborUnsigned, uint64(v)), nil
	case float64:
		return binary.BigEndian.AppendUint64(append(b, cborDouble), math.Float64bits(v)), nil
	case string:
		return append(appendHead(b, cborText, uint64(len(v))), v...), nil
	case instant:
		return appendCBOR(append(b, cborTag|cborEpoch), seconds(time.Time(v)))
	case []string:
		return appendList(b, v)
	case []map[string]any:
		return appendList(b, v)
	case map[string]any:
		b = appendHead(b, cborMap, uint64(len(v)))
		for _, name := range slices.Sorted(maps.Keys(v)) {
			var err error
			b = append(appendHead(b, cborText, uint64(len(name))), name...)
			if b, err = appendCBOR(b, v[name]); err != nil {
				return nil, err
			}
		}
		return b, nil
	}
	return nil, fmt.Errorf("%T has no form in CBOR here", value)
}

func appendList[T any](b []byte, list []T) ([]byte, error) {
	b = appendHead(b, cborArray, uint64(len(list)))
	for _, item := range list {
		var err error
		if b, err = appendCBOR(b, item); err != nil {
			return nil, err
		}
	}
	return b, nil
}

// appendHead appends a major type with its number, which for texts, lists and maps
// is their length.
func appendHead(b []byte, major byte, n uint64) []byte {
	switch {
	case n < 24:
		return append(b, major|byte(n))
	case n <= math.MaxUint8:
		return append(b, major|24, byte(n))
	case n <= math.MaxUint16:
		return binary.BigEndian.AppendUint16(append(b, major|25), uint16(n))
	case n <= math.MaxUint32:
		return binary.BigEndian.AppendUint32(append(b, major|26), uint32(n))
	default:
		return binary.BigEndian.AppendUint64(append(b, major|27), n)
	}
}

// cborDepth is how deep items may nest, which is deeper than any request.
const cborDepth = 32

var errCBOR = errors.New("it is not CBOR, or ends early")

// decodeCBOR reads the one value that data holds: nil, bool, float64, int64, uint64,
// string, []byte, []any or map[string]any; a time becomes its number of seconds.
func decodeCBOR(data []byte) (any, error) {
	d := cborDecoder{data}
	v, err := d.value(0)
	if err == nil && len(d.rest) > 0 {
		err = errors.New("something follows after the value")
	}
	return v, err
}

type cborDecoder struct{ rest []byte }

// head reads an item's first byte and its number. indefinite says that the item's
// end is marked by a break, instead of a length.
func (d *cborDecoder) head() (first byte, n uint64, indefinite bool, err error) {
	if len(d.rest) == 0 {
		return 0, 0, false, errCBOR
	}
	first, d.rest = d.rest[0], d.rest[1:]
	size := 0
	switch short := first & 31; {
	case short < 24:
		return first, uint64(short), false, nil
	case short <= 27:
		size = 1 << (short - 24)
	case short == cborIndefinite:
		return first, 0, true, nil
	default:
		return 0, 0, false, errCBOR
	}
	if len(d.rest) < size {
		return 0, 0, false, errCBOR
	}
	for _, digit := range d.rest[:size] {
		n = n<<8 | uint64(digit)
	}
	d.rest = d.rest[size:]
	return first, n, false, nil
}

func (d *cborDecoder) value(depth int) (any, error) {
	first, n, indefinite, err := d.head()
	if err != nil || depth > cborDepth {
		return nil, errCBOR
	}
	switch major := first & 0xe0; {
	case major == cborOther:
		return cborSimple(first, n)
	case major == cborMap:
		return d.object(n, indefinite, depth)
	case major == cborArray:
		return d.list(n, indefinite, depth)
	case indefinite:
		return nil, errCBOR // texts in pieces, which no client sends
	case major == cborUnsigned:
		return n, nil
	case major == cborNegative && n <= math.MaxInt64:
		return -1 - int64(n), nil
	case major == cborTag && n == cborEpoch:
		return d.value(depth + 1)
	case (major == cborText || major == cborBytes) && n <= uint64(len(d.rest)):
		content := d.rest[:n]
		d.rest = d.rest[n:]
		if major == cborText {
			return string(content), nil
		}
		return content, nil
	}
	return nil, errCBOR
}

func cborSimple(first byte, n uint64) (any, error) {
	switch first {
	case cborFalse:
		return false, nil
	case cborTrue:
		return true, nil
	case cborNull, cborUndefined:
		return nil, nil
	case cborFloat:
		return float64(math.Float32frombits(uint32(n))), nil
	case cborDouble:
		return math.Float64frombits(n), nil
	}
	return nil, errCBOR // among them cborHalf, which the SDK does not write
}

// ended says whether a list or map is at its end, and steps over the break that
// marks it.
func (d *cborDecoder) ended(read, n uint64, indefinite bool) bool {
	if !indefinite {
		return read == n
	}
	if len(d.rest) > 0 && d.rest[0] == cborBreak {
		d.rest = d.rest[1:]
		return true
	}
	return false
}

func (d *cborDecoder) list(n uint64, indefinite bool, depth int) (any, error) {
	list := []any{}
	for read := uint64(0); !d.ended(read, n, indefinite); read++ {
		item, err := d.value(depth + 1)
		if err != nil {
			return nil, err
		}
		list = append(list, item)
	}
	return list, nil
}

func (d *cborDecoder) object(n uint64, indefinite bool, depth int) (any, error) {
	object := map[string]any{}
	for read := uint64(0); !d.ended(read, n, indefinite); read++ {
		name, err := d.value(depth + 1)
		if err != nil {
			return nil, err
		}
		text, ok := name.(string)
		if !ok {
			return nil, errCBOR
		}
		if object[text], err = d.value(depth + 1); err != nil {
			return nil, err
		}
	}
	return object, nil
}
