package emulator_test

import (
	"fmt"
	"io"
	"net/http"
	"time"

	"uploadfs/remote"
	"uploadfs/remote/emulator"
)

// A store is listed through its own transport, by the provider's own host.
func Example() {
	s := emulator.New(emulator.Options{Anonymous: true})
	defer s.Close()
	if err := s.AddBucket(emulator.BucketOptions{Name: "films", Dialect: "oss"}); err != nil {
		fmt.Println(err)
		return
	}
	initiated := time.Date(2026, 11, 20, 1, 2, 3, 0, time.UTC)
	if _, err := s.PutUpload("films", "raw/one.mov", "0123456789ABCDEF0123456789ABCDEF", initiated, remote.Part{Number: 1, Size: 5 << 20, ETag: "ABC"}); err != nil {
		fmt.Println(err)
		return
	}
	client := &http.Client{Transport: s.Transport()}
	resp, err := client.Get("https://films.oss-cn-hangzhou.aliyuncs.com/raw/one.mov?uploadId=0123456789ABCDEF0123456789ABCDEF&max-parts=1")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	fmt.Println(resp.Status, resp.Header.Get("Server"), len(body) > 0, err)
	fmt.Println(s.Counters().Of(emulator.OpListParts))
	// Output:
	// 200 OK AliyunOSS true <nil>
	// 1
}
