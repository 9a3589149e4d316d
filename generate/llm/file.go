package llm

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
	"strings"
	"time"

	openai "github.com/sashabaranov/go-openai"
)

const (
	slowest     = 64 << 10 // bytes a second of an upload, at least
	maxLine     = maxBody  // bytes of a line of a downloaded file
	maxDownload = time.Hour
)

// Upload sends a file of requests for batches, without holding it in memory,
// and gives the provider's name of it.
func (c *Client) Upload(ctx context.Context, name string, f io.ReadSeeker, size int64) (string, error) {
	var form bytes.Buffer
	w := multipart.NewWriter(&form)
	if err := w.WriteField("purpose", string(openai.PurposeBatch)); err != nil {
		return "", fmt.Errorf("upload: %w", err)
	}
	if _, err := w.CreateFormFile("file", name); err != nil {
		return "", fmt.Errorf("upload: %w", err)
	}
	head := bytes.Clone(form.Bytes())
	form.Reset()
	if err := w.Close(); err != nil {
		return "", fmt.Errorf("upload: %w", err)
	}
	tail := bytes.Clone(form.Bytes())
	if _, err := f.Seek(0, io.SeekStart); err != nil {
		return "", fmt.Errorf("upload: %w", err)
	}
	caller := ctx
	ctx, cancel := context.WithTimeout(ctx, c.o.Total+time.Duration(size/slowest)*time.Second)
	defer cancel()
	body := io.MultiReader(bytes.NewReader(head), io.LimitReader(f, size), bytes.NewReader(tail))
	// The transport closes a body that it can: the file is the caller's.
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, c.url+"/files", io.NopCloser(body))
	if err != nil {
		return "", &Error{Kind: BadRequest, Message: err.Error()}
	}
	req.ContentLength = int64(len(head)) + size + int64(len(tail))
	req.Header.Set("Content-Type", w.FormDataContentType())
	text, err := c.send(caller, c.http, req)
	if err != nil {
		return "", err
	}
	var doc struct {
		ID loose `json:"id"`
	}
	if err := json.Unmarshal(text, &doc); err != nil || doc.ID == "" {
		return "", &Error{Kind: Malformed, Status: http.StatusOK, Message: "not the description of a file"}
	}
	if !fileID.MatchString(string(doc.ID)) {
		return "", badID(string(doc.ID))
	}
	return string(doc.ID), nil
}

// Download hands the lines of a file to take, one by one and without their ends,
// and holds no more than one. A file of more than most bytes, or with a line of
// more than 8 MiB, is Malformed. An error of take ends it and comes back as it is.
func (c *Client) Download(ctx context.Context, id string, most int64, take func(line []byte) error) error {
	if !fileID.MatchString(id) {
		return badID(id)
	}
	caller := ctx
	ctx, cancel := context.WithTimeout(ctx, maxDownload)
	defer cancel()
	ctx, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, c.url+"/files/"+id+"/content", nil)
	if err != nil {
		return &Error{Kind: BadRequest, Message: err.Error()}
	}
	c.authorise(req)
	late := time.AfterFunc(c.o.Total, func() { stop(errStalled) })
	resp, err := c.elsewhere().Do(req)
	if !late.Stop() && err == nil {
		err = errStalled
		resp.Body.Close()
	}
	if err != nil {
		return c.stopped(ctx, caller, err)
	}
	defer resp.Body.Close()
	moved := &moving{body: resp.Body, cancel: stop, pause: c.o.Stall}
	defer moved.stop()
	if header := c.redact.header(resp.Header); resp.StatusCode/100 != 2 || isHTML(header, nil) {
		text, err := io.ReadAll(io.LimitReader(moved, 64<<10))
		if err != nil {
			return c.stopped(ctx, caller, err)
		}
		text = []byte(c.redact.text(string(text)))
		if resp.StatusCode/100 != 2 {
			return classify(resp.StatusCode, header, text)
		}
		return &Error{Kind: Malformed, Status: resp.StatusCode, HTML: true, Message: "a web page came, not a file: " + title(text)}
	}
	err = c.lines(&io.LimitedReader{R: moved, N: most + 1}, take)
	var ours *Error
	var theirs *takeError
	switch {
	case err == nil || errors.As(err, &ours):
		return err
	case errors.As(err, &theirs):
		return theirs.err
	}
	return c.stopped(ctx, caller, err)
}

// takeError carries an error of the caller's through the reading of lines.
type takeError struct{ err error }

func (e *takeError) Error() string { return e.err.Error() }

func (c *Client) lines(from *io.LimitedReader, take func([]byte) error) error {
	scan := bufio.NewScanner(from)
	scan.Buffer(make([]byte, 64<<10), maxLine)
	first := true
	for scan.Scan() {
		if from.N <= 0 {
			return &Error{Kind: Malformed, Status: http.StatusOK, Message: "the file is far larger than answers to its requests can be"}
		}
		line := bytes.TrimSpace(scan.Bytes())
		if len(line) == 0 {
			continue
		}
		if first && line[0] == '<' {
			return &Error{Kind: Malformed, Status: http.StatusOK, HTML: true, Message: "a web page came, not a file: " + title(line)}
		}
		first = false
		if err := take([]byte(c.redact.text(string(line)))); err != nil {
			return &takeError{err}
		}
	}
	if err := scan.Err(); errors.Is(err, bufio.ErrTooLong) {
		return &Error{Kind: Malformed, Status: http.StatusOK, Message: "a line of the file is longer than 8 MiB"}
	} else if err != nil {
		return fmt.Errorf("read file: %w", err)
	}
	return nil
}

// stopped names why a download broke off.
func (c *Client) stopped(ctx, caller context.Context, err error) *Error {
	if errors.Is(context.Cause(ctx), errStalled) && caller.Err() == nil {
		err = fmt.Errorf("%w: %w", errStalled, context.DeadlineExceeded)
	}
	return c.failure(caller, err)
}

// elsewhere is the client for downloads: some providers keep files on another
// host and redirect there. The key stays at the endpoint.
func (c *Client) elsewhere() *http.Client {
	return &http.Client{Transport: c.transport, CheckRedirect: func(req *http.Request, via []*http.Request) error {
		const most = 3
		begin := via[0].URL
		if len(via) > most || begin.Scheme == "https" && req.URL.Scheme != "https" {
			return http.ErrUseLastResponse
		}
		if !strings.EqualFold(req.URL.Host, begin.Host) {
			req.Header.Del("Authorization")
		}
		req.Header.Del("Referer")
		return nil
	}}
}
