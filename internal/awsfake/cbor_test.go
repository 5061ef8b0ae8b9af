package awsfake

import (
	"encoding/hex"
	"math"
	"testing"
	"time"

	"github.com/aws/smithy-go/encoding/cbor"
	"github.com/google/go-cmp/cmp"
)

// What is written here must be what the SDK reads.
func TestAppendCBOR(t *testing.T) {
	t.Parallel()
	long := string(make([]byte, 70000))
	written, err := appendCBOR(nil, map[string]any{
		"none": nil, "yes": true, "no": false, "small": 7, "large": 1 << 40, "below": -300, "half": 0.5, "text": "käse", "long": long,
		"list": []string{"a"}, "empty": []map[string]any{}, "at": instant(time.UnixMilli(1500)),
	})
	if err != nil {
		t.Fatal(err)
	}
	got, err := cbor.Decode(written)
	if err != nil {
		t.Fatal(err)
	}
	want := cbor.Map{
		"none": &cbor.Nil{}, "yes": cbor.Bool(true), "no": cbor.Bool(false), "small": cbor.Uint(7), "large": cbor.Uint(1 << 40), "below": cbor.NegInt(300),
		"half": cbor.Float64(0.5), "text": cbor.String("käse"), "long": cbor.String(long), "list": cbor.List{cbor.String("a")}, "empty": cbor.List{},
		"at": &cbor.Tag{ID: 1, Value: cbor.Float64(1.5)},
	}
	if diff := cmp.Diff(cbor.Value(want), got); diff != "" {
		t.Error(diff)
	}
	if _, err := appendCBOR(nil, map[string]any{"x": []any{struct{}{}}}); err == nil {
		t.Error("got no complaint about a value that has no form")
	}
}

// What the SDK writes must be read here; the examples of RFC 8949, appendix A,
// add what other clients write.
func TestDecodeCBOR(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]any{
		"00": uint64(0), "1903e8": uint64(1000), "1bffffffffffffffff": uint64(math.MaxUint64), "3903e7": int64(-1000), "20": int64(-1),
		"fb3ff199999999999a": 1.1, "fa47c35000": 100000.0, "f4": false, "f5": true, "f6": nil, "f7": nil,
		"4401020304": []byte{1, 2, 3, 4}, "62c3bc": "ü", "c11a514b67b0": uint64(1363896240), "c1fb41d452d9ec200000": 1363896240.5,
		"8301820203820405":         []any{uint64(1), []any{uint64(2), uint64(3)}, []any{uint64(4), uint64(5)}},
		"a26161016162820203":       map[string]any{"a": uint64(1), "b": []any{uint64(2), uint64(3)}},
		"bf6346756ef563416d7421ff": map[string]any{"Fun": true, "Amt": int64(-2)}, "9f01ff": []any{uint64(1)},
	} {
		data, err := hex.DecodeString(text)
		if err != nil {
			t.Fatal(err)
		}
		got, err := decodeCBOR(data)
		if diff := cmp.Diff(want, got); diff != "" || err != nil {
			t.Errorf("%s: %v %s", text, err, diff)
		}
	}
	for _, text := range []string{"", "19", "1c", "63c3bc", "a10102", "bf6346", "9f01", "ff", "0000", "5f4101ff", "c240", "9bffffffffffffffff", "3bffffffffffffffff", "a1"} {
		data, err := hex.DecodeString(text)
		if err != nil {
			t.Fatal(err)
		}
		if got, err := decodeCBOR(data); err == nil {
			t.Errorf("%s: got %v, want a complaint", text, got)
		}
	}
	deep := make([]byte, 100)
	for i := range deep {
		deep[i] = 0x81
	}
	if _, err := decodeCBOR(deep); err == nil {
		t.Error("got no complaint about lists in lists without end")
	}
}

func FuzzDecodeCBOR(f *testing.F) {
	f.Add([]byte{0xa1, 0x61, 0x61, 0x81, 0xc1, 0x1a, 0, 0, 0, 1})
	f.Fuzz(func(_ *testing.T, data []byte) { _, _ = decodeCBOR(data) }) // must not panic, nor take for ever
}
