package inspect

import (
	"fmt"
	"strings"

	"github.com/pcclip/pcclip/shards"
)

func (a *asker) lengths() Lengths {
	return Lengths{
		Characters: a.spread("length(difference)"),
		Words:      a.spread(`len(regexp_extract_all(difference, '\S+'))`),
		ClipTokens: a.spread("clip_tokens"),
		Truncated:  a.numbers(fmt.Sprintf("SELECT count(*) FROM rows WHERE clip_tokens > %d", shards.ClipContext), 1)[0],
	}
}

// spread describes a whole-number expression over the accepted rows. The sum is
// exact, so the mean is the same however the rows are read.
func (a *asker) spread(expr string) Spread {
	n := a.numbers(fmt.Sprintf(`SELECT count(x), min(x), quantile_disc(x, 0.5), quantile_disc(x, 0.95), max(x), sum(x)::BIGINT
		FROM (SELECT (%s)::BIGINT AS x FROM rows)`, expr), 6)
	return Spread{Rows: n[0], Min: n[1], P50: n[2], P95: n[3], Max: n[4], Mean: share(n[5], n[0])}
}

// Names by which differences call the two images.
const (
	nameA = `(?i)\b(first (image|picture|photo|caption)|(image|picture|photo|caption) (1|one)\b)`
	nameB = `(?i)\b(second (image|picture|photo|caption)|(image|picture|photo|caption) (2|two)\b)`
)

func (a *asker) order() Order {
	at := func(pattern string) string {
		return fmt.Sprintf("strpos(difference, nullif(regexp_extract(difference, '%s'), ''))", pattern)
	}
	n := a.numbers(fmt.Sprintf(`SELECT count(*), count(*) FILTER (a IS NOT NULL AND (b IS NULL OR a < b)),
		count(*) FILTER (b IS NOT NULL AND (a IS NULL OR b < a)) FROM (SELECT %s AS a, %s AS b FROM rows)`, at(nameA), at(nameB)), 3)
	return Order{FirstImage: n[1], SecondImage: n[2], Neither: n[0] - n[1] - n[2], FirstImageShare: share(n[1], n[0])}
}

func (a *asker) duplicates() Duplicates {
	n := a.numbers(`SELECT count(*) FILTER (n > 1), coalesce(sum(n - 1), 0)::BIGINT
		FROM (SELECT count(*) AS n FROM rows WHERE difference IS NOT NULL GROUP BY difference)`, 2)
	m := a.numbers("SELECT count(*), count(pair_id) - count(DISTINCT pair_id) FROM rows", 2)
	return Duplicates{Texts: n[0], Rows: n[1], Share: share(n[1], m[0]), Pairs: m[1]}
}

func (a *asker) licences() []Licence {
	out := []Licence{}
	for _, row := range a.rows(`SELECT coalesce(licence, ''), count(DISTINCT k), count(DISTINCT (source, image)) FROM (
			SELECT row_number() OVER () AS k, source, unnest([image_id_a, image_id_b]) AS image,
				unnest([image_license_a, image_license_b]) AS licence FROM rows)
		GROUP BY ALL ORDER BY 2 DESC, 1`) {
		out = append(out, Licence{text(row[0]), whole(row[1]), whole(row[2])})
	}
	return out
}

// samples chooses by a hash of the pair, so that the same rows come whatever
// the order of the shards.
func (a *asker) samples(o Options) []Sample {
	columns := []string{"pair_id", "split", "kind", "caption_a", "caption_b", "difference"}
	out := []Sample{}
	if o.Samples == 0 {
		return out
	}
	for _, row := range a.rows(fmt.Sprintf("SELECT %s FROM rows ORDER BY md5('%d/' || coalesce(pair_id, '')), pair_id LIMIT %d",
		strings.Join(columns, ", "), o.Seed, o.Samples)) {
		out = append(out, Sample{text(row[0]), text(row[1]), text(row[2]), text(row[3]), text(row[4]), text(row[5])})
	}
	return out
}
