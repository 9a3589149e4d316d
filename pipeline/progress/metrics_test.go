package progress

import (
	"io"
	"net"
	"net/http"
	"strings"
	"testing"

	"github.com/pcclip/pcclip/generate"
	"github.com/pcclip/pcclip/generate/llm"
	"github.com/pcclip/pcclip/shards/fault"
)

func TestMetrics(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := l.Addr().String()
	l.Close()
	s := generate.Status{
		Planned: 10, Accepted: 4, Reasons: map[string]int64{"too_short": 2}, Troubles: map[llm.Kind]int64{llm.Overloaded: 3},
		InFlight: 5, Spend: generate.Spend{Requests: 9, Prompt: 100},
	}
	stop, err := ServeMetrics(address, func() generate.Status { return s })
	if err != nil {
		t.Fatal(err)
	}
	defer stop()
	resp, err := http.Get("http://" + address + "/metrics")
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		`pcclip_pairs{state="accepted"} 4`, `pcclip_rejected_pairs{reason="too_short"} 2`, `pcclip_troubled_requests{kind="overloaded"} 3`,
		"pcclip_requests_in_flight 5", "pcclip_requests_total 9", `pcclip_tokens_total{kind="prompt"} 100`,
	} {
		if !strings.Contains(string(body), want+"\n") {
			t.Errorf("no %s in\n%s", want, body)
		}
	}
}

func TestMetricsStayOnThisMachine(t *testing.T) {
	for _, address := range []string{"0.0.0.0:0", ":9464", "192.168.1.1:80", "9464", "[::]:1"} {
		if _, err := ServeMetrics(address, nil); fault.ExitCode(err) != fault.Usage || !strings.Contains(err.Error(), address) {
			t.Errorf("%s: got %v", address, err)
		}
	}
}
