package servers

import (
	"net"
	"os"
	"path/filepath"
)

// Kind is a store at its pinned version (see .ci/servers) and how it is started.
type Kind struct {
	Name, Version string
	binary        string
	health        string
	env           []string
	args          func(addr, data string) []string
}

// Kinds returns the stores that have List Multipart Uploads, by how much of it
// they do right.
func Kinds() []Kind { return []Kind{Versitygw(), MinIO(), Rclone(), Gofakes3()} }

// Versitygw is versitygw over a folder. Its uploads live in extended attributes.
func Versitygw() Kind {
	return Kind{
		Name: "versitygw", Version: "v1.8.0", binary: "bin/versitygw", health: "/",
		args: func(addr, data string) []string {
			return []string{
				"--port", addr, "--access", AccessKey, "--secret", SecretKey, "--region", "us-east-1",
				"--quiet", "posix", sub(data, "gw"),
			}
		},
	}
}

// MinIO is MinIO over one folder.
func MinIO() Kind {
	return Kind{
		Name: "minio", Version: "v0.0.0-20260212201848-7aac2a2c5b7c", binary: "bin/minio",
		health: "/minio/health/ready",
		env: []string{
			"MINIO_ROOT_USER=" + AccessKey, "MINIO_ROOT_PASSWORD=" + SecretKey,
			"MINIO_UPDATE=off", "MINIO_BROWSER=off", "MINIO_CALLHOME_ENABLE=off",
		},
		args: func(addr, data string) []string {
			return []string{"server", "--quiet", "--address", addr, sub(data, "d1")}
		},
	}
}

// Gofakes3 is gofakes3 in memory. It takes any credentials.
func Gofakes3() Kind {
	return Kind{
		Name: "gofakes3", Version: "v1.2.0", binary: "bin/gofakes3", health: "/",
		args: func(addr, data string) []string {
			return []string{"-host", addr, "-backend", "memory", "-quiet"}
		},
	}
}

// Rclone is rclone serve s3 over a folder: gofakes3 in front of rclone's own
// multipart uploads.
func Rclone() Kind {
	return Kind{
		Name: "rclone", Version: "v1.75.1", binary: "bin/rclone", health: "/",
		args: func(addr, data string) []string {
			return []string{
				"serve", "s3", "--addr", addr, "--auth-key", AccessKey + "," + SecretKey,
				"--vfs-cache-mode", "writes", "--cache-dir", sub(data, "cache"),
				"--config", filepath.Join(data, "none.conf"), sub(data, "files"),
			}
		},
	}
}

// S3rver is s3rver, a Node server without List Multipart Uploads.
func S3rver() Kind {
	return Kind{
		Name: "s3rver", Version: "3.7.1", binary: "s3rver/node_modules/.bin/s3rver", health: "/",
		args: func(addr, data string) []string {
			host, port := split(addr)
			return []string{"--directory", sub(data, "files"), "--address", host, "--port", port, "--silent"}
		},
	}
}

// sub makes a folder below data; a failure shows when the store starts.
func sub(data, name string) string {
	dir := filepath.Join(data, name)
	_ = os.MkdirAll(dir, 0o755)
	return dir
}

func split(addr string) (host, port string) {
	host, port, err := net.SplitHostPort(addr)
	if err != nil {
		return addr, ""
	}
	return host, port
}
