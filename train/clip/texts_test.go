//go:build libtorch

package clip

import (
	"context"
	"errors"
	"path/filepath"
	"strings"
	"testing"

	"github.com/pcclip/pcclip/train/torch"
)

// A padded matrix of ids, whatever it is padded with, is read as its rows are.
func TestPaddedTextsEqualTexts(t *testing.T) {
	th, m := load(t, filepath.Join("testdata", "parity", "gelu"))
	texts := [][]int32{{298, 5, 299}, {298, 7, 8, 9, 10, 299}, {299}}
	err := th.Do(context.Background(), func(s *torch.Scope) error {
		want := s.Float32s(m.EncodeTexts(s, texts))
		for _, length := range []int{6, 13, 20} {
			for _, padding := range []int64{0, 299} {
				ids := make([]int64, len(texts)*length)
				for i := range ids {
					ids[i] = padding
				}
				for i, text := range texts {
					for k, id := range text {
						ids[i*length+k] = int64(id)
					}
				}
				near(t, "padded texts", s.Float32s(m.EncodeText(s, s.FromInt64(ids, len(texts), length))), want, 5e-6)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// What follows the first of the largest ids is not read.
func TestTextsEndAtTheirFirstEnd(t *testing.T) {
	th, m := load(t, gelu())
	err := th.Do(context.Background(), func(s *torch.Scope) error {
		want := s.Float32s(m.EncodeTexts(s, [][]int32{{298, 5, 299}}))
		near(t, "two ends", s.Float32s(m.EncodeTexts(s, [][]int32{{298, 5, 299, 7, 299}})), want, 5e-6)
		near(t, "two ends, padded", s.Float32s(m.EncodeText(s, s.FromInt64([]int64{298, 5, 299, 7, 299, 0}, 1, 6))), want, 5e-6)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestTextsRefused(t *testing.T) {
	th, m := load(t, filepath.Join("testdata", "parity", "gelu"))
	for what, c := range map[string]struct {
		texts [][]int32
		want  string
	}{
		"none":           {nil, "no texts"},
		"empty":          {[][]int32{{298, 299}, {}}, "text 1 has 0 ids"},
		"too long":       {[][]int32{make([]int32, 21)}, "text 0 has 21 ids, the model takes 1 to 20"},
		"not in the set": {[][]int32{{298, 300}}, "text 0 has the id 300"},
		"negative":       {[][]int32{{-1, 299}}, "text 0 has the id -1"},
	} {
		err := th.Do(context.Background(), func(s *torch.Scope) error { m.EncodeTexts(s, c.texts); return nil })
		var e *torch.Error
		if !errors.As(err, &e) || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v", what, err)
		}
	}
	err := th.Do(context.Background(), func(s *torch.Scope) error {
		m.EncodeText(s, s.FromInt64(make([]int64, 21), 1, 21))
		return nil
	})
	if err == nil || !strings.Contains(err.Error(), "[1 21]") {
		t.Errorf("a matrix that is too wide: %v", err)
	}
}
