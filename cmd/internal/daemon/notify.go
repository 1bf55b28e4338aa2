package daemon

import (
	"net"
	"os"
	"strings"
	"time"
)

// Notify sends a state such as READY=1 to the socket that NOTIFY_SOCKET names,
// as sd_notify(3) does, and does nothing where none is named. A name that
// begins with @ is in the abstract namespace.
func Notify(state string) error {
	name := os.Getenv("NOTIFY_SOCKET")
	if name == "" {
		return nil
	}
	if strings.HasPrefix(name, "@") {
		name = "\x00" + name[1:]
	}
	conn, err := net.DialTimeout("unixgram", name, time.Second)
	if err != nil {
		return err
	}
	defer conn.Close()
	if err := conn.SetWriteDeadline(time.Now().Add(time.Second)); err != nil {
		return err
	}
	_, err = conn.Write([]byte(state))
	return err
}
