package bucket

import (
	"context"
	"fmt"
	"net/url"
	"slices"
	"strings"

	"gocloud.dev/blob"
	_ "gocloud.dev/blob/azureblob" // azblob://
	_ "gocloud.dev/blob/fileblob"  // file://
	_ "gocloud.dev/blob/gcsblob"   // gs://
	_ "gocloud.dev/blob/memblob"   // mem://
	_ "gocloud.dev/blob/s3blob"    // s3://

	"github.com/pcclip/pcclip/shards/fault"
)

var schemes = []string{"s3", "gs", "azblob", "file", "mem"}

// IsAddress tells an address from the path of a folder.
func IsAddress(s string) bool { return strings.Contains(s, "://") }

// Bucket is a place in an object store. Close it.
type Bucket struct {
	address string // without its options
	blob    *blob.Bucket
}

// Open opens SCHEME://BUCKET/PREFIX?OPTIONS, or file:///FOLDER. The options are
// gocloud.dev's, such as region, endpoint and use_path_style for s3.
func Open(ctx context.Context, address string) (*Bucket, error) {
	u, err := url.Parse(address)
	if err != nil || !slices.Contains(schemes, u.Scheme) || u.User != nil || u.Scheme != "file" && u.Scheme != "mem" && u.Host == "" {
		return nil, fault.Input("open", redacted(address), "give s3://BUCKET/PREFIX, gs://BUCKET/PREFIX, azblob://CONTAINER/PREFIX or file:///FOLDER", "no address of an object store")
	}
	prefix := strings.Trim(u.Path, "/")
	if u.Scheme == "file" {
		prefix = ""
		fileOptions(u)
	} else {
		u.Path = ""
	}
	b, err := blob.OpenBucket(ctx, u.String())
	if err != nil {
		return nil, fault.Input("open", redacted(address), "see to the address and its options", "%w", err)
	}
	if prefix != "" {
		b = blob.PrefixedBucket(b, prefix+"/")
	}
	return &Bucket{address: strings.TrimRight(redacted(address), "/"), blob: b}, nil
}

// fileOptions make a folder hold the files alone, written beside their place.
func fileOptions(u *url.URL) {
	q := u.Query()
	q.Set("create_dir", "true")
	q.Set("no_tmp_dir", "true")
	q.Set("metadata", "skip")
	u.RawQuery = q.Encode()
}

// redacted gives an address without its options and what stands before an @.
func redacted(address string) string {
	address, _, _ = strings.Cut(address, "?")
	scheme, rest, found := strings.Cut(address, "://")
	if !found {
		return address
	}
	return scheme + "://" + rest[strings.LastIndex(rest, "@")+1:]
}

// Close ends the connection.
func (b *Bucket) Close() error {
	if err := b.blob.Close(); err != nil {
		return fmt.Errorf("close %s: %w", b.address, err)
	}
	return nil
}

// String gives the address without its options.
func (b *Bucket) String() string { return b.address }
