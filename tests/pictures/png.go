package main

import (
	"bytes"
	"cmp"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"image"
	"image/color"
	"image/png"
	"maps"
	"slices"
)

// ofPage is the keyword under which a picture says of which page it is.
const ofPage = "log-group-kms page"

// A PNG begins with its signature and the chunk IHDR, of 13 bytes.
const afterHeader = 8 + 4 + 4 + 13 + 4

// shrink gives a picture 256 colours, which makes it small, and adds a note.
func shrink(picture []byte, note string) ([]byte, error) {
	full, err := png.Decode(bytes.NewReader(picture))
	if err != nil {
		return nil, fmt.Errorf("reading the picture: %w", err)
	}
	small := image.NewPaletted(full.Bounds(), commonest(full))
	nearest := make(map[color.RGBA]uint8)
	for y := full.Bounds().Min.Y; y < full.Bounds().Max.Y; y++ {
		for x := full.Bounds().Min.X; x < full.Bounds().Max.X; x++ {
			c := color.RGBAModel.Convert(full.At(x, y)).(color.RGBA)
			i, known := nearest[c]
			if !known {
				i = uint8(small.Palette.Index(c))
				nearest[c] = i
			}
			small.SetColorIndex(x, y, i)
		}
	}
	var out bytes.Buffer
	encoder := png.Encoder{CompressionLevel: png.BestCompression}
	if err := encoder.Encode(&out, small); err != nil {
		return nil, fmt.Errorf("writing the picture: %w", err)
	}
	return slices.Concat(out.Bytes()[:afterHeader], chunk("tEXt", []byte(ofPage+"\x00"+note)), out.Bytes()[afterHeader:]), nil
}

// commonest gives the colours that most points have.
func commonest(picture image.Image) color.Palette {
	counts := make(map[color.RGBA]int)
	for y := picture.Bounds().Min.Y; y < picture.Bounds().Max.Y; y++ {
		for x := picture.Bounds().Min.X; x < picture.Bounds().Max.X; x++ {
			counts[color.RGBAModel.Convert(picture.At(x, y)).(color.RGBA)]++
		}
	}
	all := slices.SortedFunc(maps.Keys(counts), func(a, b color.RGBA) int {
		return cmp.Or(counts[b]-counts[a], int(a.R)-int(b.R), int(a.G)-int(b.G), int(a.B)-int(b.B))
	})
	var palette color.Palette
	for _, c := range all[:min(256, len(all))] {
		palette = append(palette, c)
	}
	return palette
}

// chunk is a part of a PNG file.
func chunk(kind string, data []byte) []byte {
	body := append([]byte(kind), data...)
	out := binary.BigEndian.AppendUint32(nil, uint32(len(data)))
	return binary.BigEndian.AppendUint32(append(out, body...), crc32.ChecksumIEEE(body))
}

// pageOf tells of which page a picture is.
func pageOf(picture []byte) (string, error) {
	for rest := picture[min(8, len(picture)):]; len(rest) >= 12; {
		size := int(binary.BigEndian.Uint32(rest))
		if len(rest) < size+12 {
			break
		}
		if note, is := bytes.CutPrefix(rest[8:8+size], []byte(ofPage+"\x00")); is && string(rest[4:8]) == "tEXt" {
			return string(note), nil
		}
		rest = rest[size+12:]
	}
	return "", errors.New("the picture does not say of which page it is")
}
