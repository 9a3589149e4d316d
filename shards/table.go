package shards

// WriteTable writes a table at path in one go; see Writer for what T may be and
// Create for meta. The bytes depend on rows and meta alone.
func WriteTable[T any](path string, rows []T, meta map[string]string) (FileInfo, error) {
	w, err := Create[T](path, meta)
	if err != nil {
		return FileInfo{}, err
	}
	if err := w.Write(rows...); err != nil {
		w.Abort()
		return FileInfo{}, err
	}
	return w.Close()
}

// WriteRows writes a shard.
func WriteRows(path string, rows []Row, meta map[string]string) (FileInfo, error) {
	return WriteTable(path, rows, meta)
}
