// Package bucket puts a finished folder into an object store: Amazon S3 and what
// speaks its protocol, Google Cloud Storage, Azure Blob Storage, or a folder. One
// file makes the whole: it is written last and only where there is none yet, so
// who sees it sees everything. Credentials come from where each store's own tools
// take them; none is ever in an address.
package bucket
