package shards

import (
	"path/filepath"
	"testing"
)

func BenchmarkWriteRows(b *testing.B) {
	rows, path := sampleRows(20_000), filepath.Join(b.TempDir(), "b.parquet")
	for b.Loop() {
		if _, err := WriteRows(path, rows, nil); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(b.N*len(rows))/b.Elapsed().Seconds(), "rows/s")
}

func BenchmarkReadRows(b *testing.B) {
	rows, path := sampleRows(20_000), filepath.Join(b.TempDir(), "b.parquet")
	if _, err := WriteRows(path, rows, nil); err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		for _, err := range ReadRows(path) {
			if err != nil {
				b.Fatal(err)
			}
		}
	}
	b.ReportMetric(float64(b.N*len(rows))/b.Elapsed().Seconds(), "rows/s")
}
