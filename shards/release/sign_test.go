package release

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/pem"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/pcclip/pcclip/shards/fault"
)

// keys writes a pair of keys in PEM and gives the paths.
func keys(t *testing.T, private crypto.Signer) (secret, public string) {
	t.Helper()
	dir := t.TempDir()
	write := func(name, kind string, der []byte, err error) string {
		must(t, err)
		path := filepath.Join(dir, name)
		must(t, os.WriteFile(path, pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}), 0o600))
		return path
	}
	der, err := x509.MarshalPKCS8PrivateKey(private)
	secret = write("key.pem", "PRIVATE KEY", der, err)
	der, err = x509.MarshalPKIXPublicKey(private.Public())
	return secret, write("key.pub", "PUBLIC KEY", der, err)
}

func readKey(t *testing.T, path string) *Key {
	t.Helper()
	k, err := ReadKey(path)
	must(t, err)
	return &k
}

func TestSign(t *testing.T) {
	_, ed, err := ed25519.GenerateKey(rand.Reader)
	must(t, err)
	ec, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	must(t, err)
	_, stranger, err := ed25519.GenerateKey(rand.Reader)
	must(t, err)
	_, other := keys(t, stranger)
	w := newWorld(t, 60, 0)
	for name, private := range map[string]crypto.Signer{"ed25519": ed, "ECDSA": ec} {
		t.Run(name, func(t *testing.T) {
			secret, public := keys(t, private)
			o := w.options(t)
			o.Sign = readKey(t, secret)
			must(t, Freeze(t.Context(), o))
			check := func(key string) *Report {
				r, err := Verify(t.Context(), o.Out, VerifyOptions{Level: Files, Key: readKey(t, key)})
				must(t, err)
				return r
			}
			if r := check(public); len(r.Problems) != 0 || !r.Signed || !r.KeyChecked {
				t.Errorf("%+v", r)
			}
			if r := check(other); len(r.Problems) == 0 || r.Problems[0].File != attestationFile || r.KeyChecked {
				t.Errorf("another's key: %+v", r)
			}
			plain := w.options(t)
			must(t, Freeze(t.Context(), plain))
			if first, err := Compare(o.Out, plain.Out); err != nil || first != nil {
				t.Errorf("beside the signature %v differs, %v", first, err)
			}
			// Whoever alters the card and the sums has not the key.
			card := filepath.Join(o.Out, cardFile)
			doc, err := os.ReadFile(card)
			must(t, err)
			must(t, os.WriteFile(card, []byte(strings.Replace(string(doc), "test", "best", 1)), 0o644))
			must(t, os.Remove(filepath.Join(o.Out, sumsFile)))
			must(t, (&freezer{f: &folder{root: o.Out}}).sums())
			if r := check(public); len(r.Problems) != 1 || r.Problems[0].File != cardFile {
				t.Errorf("an altered card: %+v", r.Problems)
			}
			must(t, os.Remove(filepath.Join(o.Out, attestationFile)))
			must(t, os.Remove(filepath.Join(o.Out, sumsFile)))
			must(t, (&freezer{f: &folder{root: o.Out}}).sums())
			if r := check(public); len(r.Problems) != 1 || r.Problems[0].File != attestationFile {
				t.Errorf("no signature: %+v", r.Problems)
			}
		})
	}
}

func TestReadKeyRefuses(t *testing.T) {
	path := filepath.Join(t.TempDir(), "key")
	must(t, os.WriteFile(path, []byte("no key"), 0o600))
	for _, p := range []string{path, path + "x"} {
		if _, err := ReadKey(p); fault.ExitCode(err) != fault.Usage {
			t.Errorf("%s: %v", p, err)
		}
	}
	_, ed, err := ed25519.GenerateKey(rand.Reader)
	must(t, err)
	_, public := keys(t, ed)
	o := newWorld(t, 60, 0).options(t)
	o.Sign = readKey(t, public)
	if err := Freeze(t.Context(), o); fault.ExitCode(err) != fault.Usage {
		t.Errorf("signing with a public key: %v", err)
	}
	if _, err := os.Stat(o.Out); err == nil {
		t.Error("a release was left")
	}
}
