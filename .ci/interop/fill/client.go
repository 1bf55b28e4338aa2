package fill

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"strings"
	"sync"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/s3"
)

// Store is a store as aws-sdk-go-v2 sees it, by path style.
type Store struct {
	S3   *s3.Client
	HTTP *http.Client
}

// Connect returns a client for the store at endpoint.
func Connect(endpoint, region, access, secret string) *Store {
	h := &http.Client{Transport: &recorder{next: &http.Transport{MaxIdleConnsPerHost: 32}}}
	return &Store{
		HTTP: h,
		S3: s3.New(s3.Options{
			BaseEndpoint: &endpoint,
			Region:       region,
			Credentials:  credentials.NewStaticCredentialsProvider(access, secret, ""),
			UsePathStyle: true,
			HTTPClient:   h,
			// A refusal is an answer here, not a fault to wait for.
			Retryer: aws.NopRetryer{},
			// Several of these stores do not know the trailing checksums that
			// newer SDKs send by default.
			RequestChecksumCalculation: aws.RequestChecksumCalculationWhenRequired,
			ResponseChecksumValidation: aws.ResponseChecksumValidationWhenRequired,
		}),
	}
}

// Answer is what a store answered, in its own words.
type Answer struct {
	mu     sync.Mutex
	status string
	body   []byte
}

type answerKey struct{}

// Listening returns a context that keeps the last answer of the requests made
// under it.
func Listening(ctx context.Context) (context.Context, *Answer) {
	a := new(Answer)
	return context.WithValue(ctx, answerKey{}, a), a
}

// String is the answer's status and the beginning of its body, on one line.
func (a *Answer) String() string {
	a.mu.Lock()
	defer a.mu.Unlock()
	return strings.TrimSpace(a.status + " " + strings.Join(strings.Fields(string(a.body)), " "))
}

// recorder keeps the beginning of each answer for the one who listens.
type recorder struct{ next http.RoundTripper }

func (r *recorder) RoundTrip(req *http.Request) (*http.Response, error) {
	resp, err := r.next.RoundTrip(req)
	a, ok := req.Context().Value(answerKey{}).(*Answer)
	if err != nil || !ok {
		return resp, err
	}
	head, _ := io.ReadAll(io.LimitReader(resp.Body, 500)) // the reader below meets the same error
	a.mu.Lock()
	a.status, a.body = resp.Status, head
	a.mu.Unlock()
	resp.Body = struct {
		io.Reader
		io.Closer
	}{io.MultiReader(bytes.NewReader(head), resp.Body), resp.Body}
	return resp, nil
}
