package llm

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"net"
	"net/url"
	"strings"
)

// unreached tells whether err means that there was no connection to speak on,
// as against one that broke.
func unreached(err error) bool {
	var op *net.OpError
	var dns *net.DNSError
	var cert *tls.CertificateVerificationError
	var record tls.RecordHeaderError
	var host x509.HostnameError
	switch {
	case errors.As(err, &op) && op.Op == "dial", errors.As(err, &dns), errors.As(err, &cert), errors.As(err, &record), errors.As(err, &host):
		return true
	}
	// net/http has no type for a plain-text answer to a TLS greeting.
	return strings.Contains(err.Error(), "server gave HTTP response to HTTPS client")
}

// bare takes off the "Post URL:" of net/http: the caller names the endpoint.
func bare(err error) error {
	var u *url.Error
	if errors.As(err, &u) && u.Err != nil {
		return u.Err
	}
	return err
}
