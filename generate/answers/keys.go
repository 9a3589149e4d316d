package answers

// Keys lists the requests that have an answer of that standing and outcome, in no
// order, each once.
func (s *Store) Keys(standing Standing, outcome string) ([]Key, error) {
	rows, err := s.db.Query("SELECT DISTINCT key FROM answers WHERE standing = ? AND outcome = ?", standing, outcome)
	if err != nil {
		return nil, explain("read answers", s.path, err)
	}
	defer rows.Close()
	var all []Key
	for rows.Next() {
		var key []byte
		if err := rows.Scan(&key); err != nil {
			return nil, explain("read answers", s.path, err)
		}
		all = append(all, Key(key))
	}
	if err := rows.Err(); err != nil {
		return nil, explain("read answers", s.path, err)
	}
	return all, nil
}
