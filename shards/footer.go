package shards

import (
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"strings"

	"github.com/parquet-go/parquet-go"
	"github.com/parquet-go/parquet-go/format"
)

// pagesKey is the footer key of the checksum over all bytes before the page
// index. Parquet has checksums of page bodies, but none of page headers.
const pagesKey = "pcclip.pages"

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// pagesSum gives the value of pagesKey: "length:CRC-32C".
func pagesSum(length int64, crc uint32) string { return fmt.Sprintf("%d:%08x", length, crc) }

// checkFooter holds a footer against itself: it has no checksum either, and an
// altered column name would read as a column of nulls.
func checkFooter(table *parquet.File) error {
	if table.NumRows() < 0 {
		return fmt.Errorf("footer promises %d rows", table.NumRows())
	}
	if err := CheckCodecs(table); err != nil || !ours(table) {
		return err
	}
	if got, ok := table.Lookup(featuresKey); !ok || got != features(table.Schema()) {
		return errors.New("the columns in the footer contradict each other")
	}
	return nil
}

// CheckCodecs refuses LZ4: of damaged pages the library doubles the memory that it
// unpacks them to without end, which no recover helps against.
func CheckCodecs(table *parquet.File) error {
	for _, group := range table.Metadata().RowGroups {
		for _, column := range group.Columns {
			if codec := column.MetaData.Codec; codec == format.Lz4Raw {
				return fmt.Errorf("column %s is compressed with %s, which is not read; write the file with zstd or snappy", strings.Join(column.MetaData.PathInSchema, "."), codec)
			}
		}
	}
	return nil
}

// checkPages compares everything before the page index with the checksum of its
// writer. Files of other writers have none and pass.
func checkPages(r io.ReaderAt, size int64, table *parquet.File) error {
	if !ours(table) {
		return nil
	}
	want, _ := table.Lookup(pagesKey)
	var length int64
	var crc uint32
	if n, err := fmt.Sscanf(want, "%d:%x", &length, &crc); n != 2 || err != nil || length < 0 || length > size {
		return fmt.Errorf("checksum %q in the footer", want)
	}
	sum := crc32.New(castagnoli)
	if _, err := io.Copy(sum, io.NewSectionReader(r, 0, length)); err != nil {
		return err
	}
	if got := pagesSum(length, sum.Sum32()); got != want {
		return fmt.Errorf("checksum %s of the pages, not %s", got, want)
	}
	return nil
}

func ours(table *parquet.File) bool { return table.Metadata().CreatedBy == createdBy }
