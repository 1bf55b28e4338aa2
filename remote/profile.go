package remote

// Encoded is the set of elements that a store url encodes when asked to
// (dialects.md 2.4).
type Encoded uint8

// The elements of a List Multipart Uploads page that may be encoded.
const (
	EncodedKey Encoded = 1 << iota
	EncodedPrefix
	EncodedDelimiter
	EncodedKeyMarker
	EncodedNextKeyMarker
	EncodedCommonPrefix

	// EncodedAll is what AWS documents, and CommonPrefixes with it.
	EncodedAll = EncodedKey | EncodedPrefix | EncodedDelimiter | EncodedKeyMarker | EncodedNextKeyMarker | EncodedCommonPrefix
)

// Continuation is how a truncated listing of uploads goes on.
type Continuation uint8

const (
	// ContinueBoth sends key-marker and upload-id-marker (COS, OSS, AWS).
	ContinueBoth Continuation = iota
	// ContinueBefore sends the distinct key before NextKeyMarker as key-marker
	// together with NextUploadIdMarker (versitygw 1.8.0).
	ContinueBefore
	// ContinueKey sends key-marker alone, an opaque token (S3 directory buckets).
	ContinueKey
	// ContinueID sends upload-id-marker alone (SeaweedFS, MinIO on one key).
	ContinueID
)

// Profile is how one store answers: what differs between stores that speak the
// same dialect, as data (dialects.md 9). A profile is where trust starts;
// what a page contradicts is demoted at run time.
type Profile struct {
	// Name is the value of --store and store=.
	Name string
	// AskURL sends encoding-type=url with List Multipart Uploads, AskURLParts
	// with List Parts.
	AskURL, AskURLParts bool
	// Encoded is what comes encoded. With EchoRequired only where the answer
	// echoes EncodingType, since stores that ignore the parameter echo nothing.
	Encoded      Encoded
	EchoRequired bool
	// Sorted says that uploads come in byte order of their keys.
	Sorted bool
	// AnyMarker says that any string is accepted as key-marker, so that a
	// listing can start anywhere and ranges be read side by side.
	AnyMarker bool
	// ExactPrefix says that a prefix matches one whole key only (MinIO), so
	// that only a listing without prefix shows the bucket.
	ExactPrefix bool
	// Delimiters says that truncated pages with a delimiter can be continued
	// without loss. Where it is false only a complete page is believed.
	Delimiters bool
	Continue   Continuation
	// PageSize is what is asked for: uploads and parts a page. PartsPage is that
	// of parts where it differs: MinIO looks at every part of the upload for each
	// page (5 s for 10,000 parts in pages of 1,000, measured), and gives 10,000
	// at once (dialects.md 3.4).
	PageSize, PartsPage int
	// AnyPartMarker says that part-number-marker may be any number, so that
	// parts past the first page can be read side by side. MinIO takes only the
	// number of a part that exists (dialects.md 3.4).
	AnyPartMarker bool
	// ForgetsOnRestart says that uploads vanish from listings, not from the
	// store, when the server restarts (MinIO's memory cache).
	ForgetsOnRestart bool
}

// Profiles returns the table of profiles, by name.
func Profiles() map[string]Profile {
	table := []Profile{
		{Name: "cos", AskURL: true, AskURLParts: true, Encoded: EncodedAll &^ EncodedKeyMarker, EchoRequired: true, Sorted: true, AnyMarker: true, Delimiters: true, AnyPartMarker: true},
		{Name: "oss", AskURL: true, AskURLParts: true, Encoded: EncodedAll, EchoRequired: true, Sorted: true, AnyMarker: true, Delimiters: true, AnyPartMarker: true},
		{Name: "aws", AskURL: true, Encoded: EncodedAll, EchoRequired: true, Sorted: true, AnyMarker: true, Delimiters: true, AnyPartMarker: true},
		{Name: "s3express", AskURL: true, Encoded: EncodedAll, EchoRequired: true, Continue: ContinueKey, AnyPartMarker: true},
		{Name: "minio", AskURL: true, Encoded: EncodedAll, EchoRequired: true, ExactPrefix: true, Continue: ContinueID, ForgetsOnRestart: true, PartsPage: 10_000},
		{Name: "ceph", Encoded: 0, AnyMarker: true, AnyPartMarker: true},
		{Name: "versitygw", Sorted: true, AnyMarker: true, Continue: ContinueBefore, AnyPartMarker: true},
		{Name: "seaweedfs", Continue: ContinueID},
		{Name: "garage", AskURL: true, Encoded: EncodedKey | EncodedKeyMarker | EncodedNextKeyMarker, EchoRequired: true, AnyPartMarker: true},
		{Name: "r2", AskURL: true, Encoded: EncodedAll, EchoRequired: true, Sorted: true, AnyMarker: true},
		{Name: "gcs", AskURL: true, Encoded: EncodedAll, EchoRequired: true, Sorted: true, AnyMarker: true},
		{Name: "obs", AskURL: true, Encoded: EncodedAll, EchoRequired: true, Sorted: true, AnyMarker: true},
		{Name: "b2", Sorted: true, AnyMarker: true},
		{Name: "generic", AskURL: false, Encoded: EncodedAll, EchoRequired: true, Sorted: true, AnyMarker: true},
	}
	m := make(map[string]Profile, len(table))
	for _, p := range table {
		p.PageSize = 1000
		m[p.Name] = p
	}
	return m
}
