package train

import (
	"fmt"
	"math"
	"slices"
	"strconv"

	"github.com/pcclip/pcclip/shards"
	"github.com/pcclip/pcclip/shards/fault"
)

// Embedding is a row of an embedding table: one image or line of text.
type Embedding struct {
	ID     string    `parquet:"id,optional"`
	Vector []float32 `parquet:"embedding,list"` // before normalisation
}

// Keys of an embedding table's footer.
const (
	metaWeights    = "pcclip.weights_digest"
	metaPreprocess = "pcclip.preprocess_id"
	metaDimension  = "pcclip.dimension"
	metaVersion    = "pcclip.version"

	embeddingsVersion = "embeddings/v1"
)

// Table is an embedding table in memory.
type Table struct {
	Weights    string // digest of the weights that made it
	Preprocess string // how images became tensors; "" for texts
	Dimension  int
	IDs        []string
	Vectors    []float32 // [len(IDs), Dimension], row-major
	rows       map[string]int
}

// Row gives the row of an id.
func (t *Table) Row(id string) (row int, ok bool) {
	row, ok = t.rows[id]
	return row, ok
}

// Vector gives a row's vector. The slice belongs to the table.
func (t *Table) Vector(row int) []float32 {
	return t.Vectors[row*t.Dimension : (row+1)*t.Dimension]
}

// normalise scales every vector to unit length; zero vectors stay.
func (t *Table) normalise() {
	for r := range t.IDs {
		unit(t.Vector(r))
	}
}

// unit scales v to unit length with the guard of torch's F.normalize.
func unit(v []float32) {
	sum := 0.0
	for _, x := range v {
		sum += float64(x) * float64(x)
	}
	norm := max(math.Sqrt(sum), 1e-12)
	for i := range v {
		v[i] = float32(float64(v[i]) / norm)
	}
}

// WriteTable stores a table, rows in the given order.
func WriteTable(path string, t *Table) error {
	rows := make([]Embedding, len(t.IDs))
	for i, id := range t.IDs {
		rows[i] = Embedding{ID: id, Vector: t.Vector(i)}
	}
	meta := map[string]string{
		metaVersion: embeddingsVersion, metaWeights: t.Weights,
		metaPreprocess: t.Preprocess, metaDimension: strconv.Itoa(t.Dimension),
	}
	if _, err := shards.WriteTable(path, rows, meta); err != nil {
		return fmt.Errorf("write embeddings: %w", err)
	}
	return nil
}

// ReadTable reads a table. Where weights is not "", a table made by other
// weights is refused.
func ReadTable(path, weights string) (*Table, error) {
	meta, err := shards.ReadMeta(path)
	if err != nil {
		return nil, fmt.Errorf("read embeddings: %w", err)
	}
	dim, err := strconv.Atoi(meta[metaDimension])
	if err != nil || dim < 1 || meta[metaVersion] != embeddingsVersion {
		return nil, fault.Input("read embeddings", path, "make it with: pcclip embed", "this is no embedding table")
	}
	if weights != "" && meta[metaWeights] != weights {
		return nil, fault.Input("read embeddings", path, "run pcclip embed with the model you want to train",
			"made by other weights: %.12s, not %.12s", meta[metaWeights], weights)
	}
	t := &Table{Weights: meta[metaWeights], Preprocess: meta[metaPreprocess], Dimension: dim, rows: map[string]int{}}
	for row, err := range shards.ReadTable[Embedding](path) {
		if err != nil {
			return nil, fmt.Errorf("read embeddings: %w", err)
		}
		if len(row.Vector) != dim {
			return nil, fault.Input("read embeddings", path, "make it again with: pcclip embed", "%q has %d numbers, not %d", row.ID, len(row.Vector), dim)
		}
		if !finite(row.Vector) {
			return nil, fault.Input("read embeddings", path, "make it again with: pcclip embed", "the vector of %q is not finite", row.ID)
		}
		if _, twice := t.rows[row.ID]; twice {
			return nil, fault.Input("read embeddings", path, "make it again with: pcclip embed", "%q stands twice", row.ID)
		}
		t.rows[row.ID] = len(t.IDs)
		t.IDs = append(t.IDs, row.ID)
		t.Vectors = append(t.Vectors, row.Vector...)
	}
	return t, nil
}

func finite(v []float32) bool {
	return !slices.ContainsFunc(v, func(x float32) bool { return math.IsNaN(float64(x)) || math.IsInf(float64(x), 0) })
}

// NewTable makes a table of vectors by a model's weights. vectors is not empty,
// and ids are distinct.
func NewTable(weights string, ids []string, vectors [][]float32) *Table {
	t := &Table{Weights: weights, Dimension: len(vectors[0]), rows: map[string]int{}}
	for i, v := range vectors {
		t.rows[ids[i]] = i
		t.IDs = append(t.IDs, ids[i])
		t.Vectors = append(t.Vectors, v...)
	}
	return t
}
