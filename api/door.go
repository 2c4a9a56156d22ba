package api

import (
	"log/slog"
	"net/http"

	"github.com/prometheus/client_golang/prometheus/promhttp"

	"demarc"
	"demarc/api/cloudwatch"
	"demarc/api/directconnect"
	"demarc/api/ec2"
	"demarc/api/ram"
	"demarc/api/support"
)

// A door is everything behind the port.
type door struct {
	Config
	keys          *keyring
	site          []demarc.Region // what requests may be signed for
	directConnect *directconnect.Service
	ec2           *ec2.Service
	ram           *ram.Service
	support       *support.Service
	cloudWatch    *cloudwatch.Service
	meter         *meter
	throttle      *throttle
}

// New opens the door. Its handler may be called from any number of goroutines.
// Opening two doors with one registry is a mistake, and panics.
func New(cfg Config) http.Handler {
	cfg = cfg.withDefaults()
	d := &door{
		Config:        cfg,
		keys:          newKeyring(cfg),
		site:          cfg.regions(),
		directConnect: directconnect.New(cfg.Store, cfg.Clock, cfg.PageKey),
		ec2:           ec2.New(cfg.Store, cfg.Clock, cfg.PageKey),
		ram:           ram.New(cfg.Store, cfg.Clock, cfg.PageKey),
		support:       support.New(cfg.Store, cfg.Clock),
		cloudWatch:    cloudwatch.New(cfg.Store, cfg.Series, cfg.PageKey),
		meter:         newMeter(cfg.Metrics),
		throttle:      newThrottle(cfg.AccountRate),
	}
	mux := http.NewServeMux()
	mux.Handle("/{$}", d.watched(d.serveAWS))
	for _, route := range ram.Routes() {
		mux.Handle(route.Method+" "+route.Path, d.watched(func(w http.ResponseWriter, r *http.Request, v *visit) {
			d.serveSigned(w, r, v, inREST, d.ramOperation(route.Operation))
		}))
	}
	mux.Handle(cloudwatch.Path+"{operation}", d.watched(d.serveAWS))
	mux.Handle("/desk/", d.watched(d.serveDesk))
	mux.Handle("GET /metrics", promhttp.HandlerFor(cfg.Metrics, promhttp.HandlerOpts{ErrorLog: slog.NewLogLogger(cfg.Log.Handler(), slog.LevelError)}))
	mux.HandleFunc("GET /healthz", d.serveHealth)
	return mux
}

// serveHealth is for whoever starts and watches the process.
func (d *door) serveHealth(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
	if err := d.Healthy(); err != nil {
		w.WriteHeader(http.StatusServiceUnavailable)
		_, _ = w.Write([]byte(err.Error() + "\n"))
		return
	}
	_, _ = w.Write([]byte("ok\n"))
}
