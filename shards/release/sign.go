package release

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	attestation "github.com/in-toto/attestation/go/v1"
	"github.com/secure-systems-lab/go-securesystemslib/dsse"
	"github.com/secure-systems-lab/go-securesystemslib/signerverifier"
	"google.golang.org/protobuf/encoding/protojson"

	"github.com/pcclip/pcclip/shards"
	"github.com/pcclip/pcclip/shards/fault"
)

// The attestation of a release: an in-toto statement whose subjects are the files
// that describe all others, in a DSSE envelope.
const (
	attestationFile = "attestation.intoto.jsonl"
	payloadType     = "application/vnd.in-toto+json"
	predicateType   = "https://in-toto.io/attestation/release/v0.1"
)

// attested are the subjects: the manifest holds the hash of every file but those
// written after it.
var attested = []string{ManifestFile, cardFile, croissantFile}

// Key signs releases, or checks signatures.
type Key struct{ dsse.SignerVerifier }

// ReadKey reads an ed25519 or ECDSA key in PEM: a private one to sign, a public
// one to check.
func ReadKey(path string) (Key, error) {
	doc, err := os.ReadFile(path)
	if err != nil {
		return Key{}, fault.Input("read key", path, "give a PEM file", "%w", err)
	}
	refuse := func(err error) (Key, error) {
		return Key{}, fault.Input("read key", path, "make one with: openssl genpkey -algorithm ed25519 -out key.pem", "no ed25519 or ECDSA key in PEM: %w", err)
	}
	key, err := signerverifier.LoadKey(doc)
	if err != nil {
		return refuse(err)
	}
	switch key.KeyType {
	case signerverifier.ED25519KeyType:
		s, err := signerverifier.NewED25519SignerVerifierFromSSLibKey(key)
		if err != nil {
			return refuse(err)
		}
		return Key{s}, nil
	case signerverifier.ECDSAKeyType:
		s, err := signerverifier.NewECDSASignerVerifierFromSSLibKey(key)
		if err != nil {
			return refuse(err)
		}
		return Key{s}, nil
	}
	return refuse(errors.New("a key of type " + key.KeyType))
}

// statement is an in-toto statement, version 1, with its fields in one order.
type statement struct {
	Type          string        `json:"_type"`
	Subject       []subject     `json:"subject"`
	PredicateType string        `json:"predicateType"`
	Predicate     releaseClaims `json:"predicate"`
}

type subject struct {
	Name   string            `json:"name"`
	Digest map[string]string `json:"digest"`
}

// releaseClaims is the predicate.
type releaseClaims struct {
	Name    string `json:"name"`
	Version string `json:"version"`
}

// sign writes the attestation, where there is a key.
func (w *freezer) sign() error {
	if w.o.Sign == nil {
		return nil
	}
	s := statement{Type: attestation.StatementTypeUri, PredicateType: predicateType, Predicate: releaseClaims{w.o.Name, w.o.Version}}
	for _, name := range attested {
		sum, err := shards.SHA256(w.f.path(name))
		if err != nil {
			return err
		}
		s.Subject = append(s.Subject, subject{Name: name, Digest: map[string]string{"sha256": sum}})
	}
	payload, err := json.Marshal(s)
	if err != nil {
		return fmt.Errorf("write statement: %w", err)
	}
	signer, err := dsse.NewEnvelopeSigner(w.o.Sign)
	if err != nil {
		return fmt.Errorf("sign release: %w", err)
	}
	envelope, err := signer.SignPayload(w.ctx, payloadType, payload)
	if err != nil {
		return fault.Input("sign release", "--sign", "give a private key", "%w", err)
	}
	doc, err := json.Marshal(envelope)
	if err != nil {
		return fmt.Errorf("write attestation: %w", err)
	}
	return shards.WriteFile(w.f.path(attestationFile), append(doc, '\n'))
}

// signature checks the attestation: that it speaks of these files and, with a
// key, that the owner of the key signed it.
func (v *verifier) signature() error {
	doc, err := os.ReadFile(filepath.Join(v.dir, attestationFile))
	if errors.Is(err, fs.ErrNotExist) {
		if v.o.Key != nil {
			v.bad(attestationFile, "it is missing: the release is not signed")
		}
		return nil
	}
	if err != nil {
		return err
	}
	v.report.Signed = true
	var envelope dsse.Envelope
	if err := json.Unmarshal(doc, &envelope); err != nil {
		v.bad(attestationFile, "no DSSE envelope: %s", err)
		return nil
	}
	payload, err := envelope.DecodeB64Payload()
	if err != nil {
		v.bad(attestationFile, "no DSSE envelope: %s", err)
		return nil
	}
	if v.o.Key != nil {
		if err := signedBy(v.ctx, &envelope, *v.o.Key); err != nil {
			v.bad(attestationFile, "the owner of the key has not signed it: %s", err)
			return nil
		}
		v.report.KeyChecked = true
	}
	v.subjects(envelope.PayloadType, payload)
	return nil
}

func signedBy(ctx context.Context, e *dsse.Envelope, key Key) error {
	verifier, err := dsse.NewEnvelopeVerifier(key)
	if err != nil {
		return err
	}
	_, err = verifier.Verify(ctx, e)
	return err
}

// subjects holds the statement against the files.
func (v *verifier) subjects(kind string, payload []byte) {
	var s attestation.Statement
	err := protojson.Unmarshal(payload, &s)
	if err == nil {
		err = s.Validate()
	}
	if err != nil || kind != payloadType || s.PredicateType != predicateType {
		v.bad(attestationFile, "it holds no statement about a release")
		return
	}
	claims := s.Predicate.GetFields()
	if name, version := claims["name"].GetStringValue(), claims["version"].GetStringValue(); v.m != nil && (name != v.m.Release.Name || version != v.m.Release.Version) {
		v.bad(attestationFile, "it speaks of %s %s", name, version)
	}
	stated := map[string]string{}
	for _, subject := range s.Subject {
		stated[subject.Name] = subject.Digest["sha256"]
	}
	for _, name := range attested {
		sum, err := shards.SHA256(v.path(name))
		if err != nil {
			continue // said of the required files
		}
		if stated[name] != sum {
			v.bad(name, "its SHA-256 is %s, not the %q that was signed", sum, stated[name])
		}
	}
}
