package progress

import (
	"context"
	"errors"
	"net"
	"net/http"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"github.com/pcclip/pcclip/generate"
	"github.com/pcclip/pcclip/shards/fault"
)

// ServeMetrics serves a run's status in Prometheus's format at /metrics until
// stop is called. Only loopback addresses are served.
func ServeMetrics(address string, status func() generate.Status) (stop func(), err error) {
	refuse := func(err error) error {
		return fault.Input("serve metrics", address, "give a free loopback address, such as 127.0.0.1:9464", "%w", err)
	}
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		return nil, refuse(err)
	}
	if ip := net.ParseIP(host); host != "localhost" && (ip == nil || !ip.IsLoopback()) {
		return nil, refuse(errors.New("not a loopback address"))
	}
	listener, err := net.Listen("tcp", address)
	if err != nil {
		return nil, refuse(err)
	}
	registry := prometheus.NewRegistry()
	registry.MustRegister(collector{status})
	mux := http.NewServeMux()
	mux.Handle("/metrics", promhttp.HandlerFor(registry, promhttp.HandlerOpts{}))
	server := &http.Server{Handler: mux, ReadHeaderTimeout: 5 * time.Second}
	done := make(chan struct{})
	go func() {
		defer close(done)
		server.Serve(listener) //nolint:errcheck // it ends by being closed
	}()
	return func() {
		ctx, cancel := context.WithTimeout(context.Background(), time.Second)
		defer cancel()
		if server.Shutdown(ctx) != nil {
			server.Close()
		}
		<-done
	}, nil
}

// collector turns a status into metrics whenever it is asked.
type collector struct{ status func() generate.Status }

var (
	pairsDesc    = prometheus.NewDesc("pcclip_pairs", "Pairs of the plan by state.", []string{"state"}, nil)
	rejectsDesc  = prometheus.NewDesc("pcclip_rejected_pairs", "Pairs rejected by this process, by reason.", []string{"reason"}, nil)
	troubleDesc  = prometheus.NewDesc("pcclip_troubled_requests", "Requests of this process without a usable answer, by kind.", []string{"kind"}, nil)
	requestsDesc = prometheus.NewDesc("pcclip_requests_total", "Requests of the run, over all its processes.", nil, nil)
	tokensDesc   = prometheus.NewDesc("pcclip_tokens_total", "Tokens of the run, over all its processes.", []string{"kind"}, nil)
	costDesc     = prometheus.NewDesc("pcclip_cost_total", "Cost of the run by the given price.", nil, nil)
	inFlightDesc = prometheus.NewDesc("pcclip_requests_in_flight", "Requests in flight.", nil, nil)
	allowedDesc  = prometheus.NewDesc("pcclip_requests_allowed", "Requests that may be in flight.", nil, nil)
	waitingDesc  = prometheus.NewDesc("pcclip_pairs_waiting", "Pairs that wait for another try.", nil, nil)
)

// Describe names the metrics.
func (c collector) Describe(ch chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{pairsDesc, rejectsDesc, troubleDesc, requestsDesc, tokensDesc, costDesc, inFlightDesc, allowedDesc, waitingDesc} {
		ch <- d
	}
}

// Collect gives their present values.
func (c collector) Collect(ch chan<- prometheus.Metric) {
	s := c.status()
	gauge := func(d *prometheus.Desc, v float64, labels ...string) {
		ch <- prometheus.MustNewConstMetric(d, prometheus.GaugeValue, v, labels...)
	}
	count := func(d *prometheus.Desc, v float64, labels ...string) {
		ch <- prometheus.MustNewConstMetric(d, prometheus.CounterValue, v, labels...)
	}
	gauge(pairsDesc, float64(s.Planned), "planned")
	gauge(pairsDesc, float64(s.Accepted), "accepted")
	gauge(pairsDesc, float64(s.Rejected), "rejected")
	gauge(pairsDesc, float64(s.Failed), "failed")
	for reason, n := range s.Reasons {
		count(rejectsDesc, float64(n), reason)
	}
	for kind, n := range s.Troubles {
		count(troubleDesc, float64(n), string(kind))
	}
	count(requestsDesc, float64(s.Spend.Requests))
	count(tokensDesc, float64(s.Spend.Prompt), "prompt")
	count(tokensDesc, float64(s.Spend.Cached), "cached")
	count(tokensDesc, float64(s.Spend.Completion), "completion")
	count(costDesc, s.Spend.Cost)
	gauge(inFlightDesc, float64(s.InFlight))
	gauge(allowedDesc, float64(s.Allowed))
	gauge(waitingDesc, float64(s.Waiting))
}
