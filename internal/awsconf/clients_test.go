package awsconf_test

import (
	"encoding/json"
	"encoding/pem"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	"github.com/aws/smithy-go/logging"

	"log-group-kms/internal/awsconf"
	"log-group-kms/internal/awsfake"
	"log-group-kms/internal/target"
)

// alone keeps the machine's own AWS configuration out of a test.
func alone(t *testing.T, settings ...string) {
	t.Helper()
	t.Setenv("AWS_CONFIG_FILE", "/nonexistent")
	t.Setenv("AWS_SHARED_CREDENTIALS_FILE", "/nonexistent")
	t.Setenv("AWS_ACCESS_KEY_ID", "AKIAEXAMPLE")
	t.Setenv("AWS_SECRET_ACCESS_KEY", "secret")
	t.Setenv("AWS_REGION", region)
	t.Setenv("AWS_CA_BUNDLE", "")
	for _, setting := range settings {
		name, value, _ := strings.Cut(setting, "=")
		t.Setenv(name, value)
	}
}

// The SDK's own client waits for an answer without end.
func TestLoadBoundsEachRequest(t *testing.T) {
	alone(t)
	config, err := awsconf.Load(t.Context(), slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	client, ok := config.HTTPClient.(*awshttp.BuildableClient)
	if !ok {
		t.Fatalf("got an HTTP client of type %T, want *http.BuildableClient, which honours AWS_CA_BUNDLE", config.HTTPClient)
	}
	if got := client.GetTimeout(); got < time.Second || got > 10*time.Second {
		t.Errorf("got a timeout of %v for each request, want some seconds", got)
	}
	if config.Region != region {
		t.Errorf("got Region %q, want %q", config.Region, region)
	}
}

// Accounts of one Region are reached over the same connections, and by the certificates
// that AWS_CA_BUNDLE names. With a pool for each client, every account's first request
// would wait for a handshake.
func TestClientsShareConnections(t *testing.T) {
	world := awsfake.New("111122223333")
	server := httptest.NewUnstartedServer(world)
	var opened atomic.Int32
	server.Config.ConnState = func(_ net.Conn, state http.ConnState) {
		if state == http.StateNew {
			opened.Add(1)
		}
	}
	server.StartTLS()
	defer server.Close()
	bundle := filepath.Join(t.TempDir(), "ca.pem")
	certificate := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw})
	if err := os.WriteFile(bundle, certificate, 0o600); err != nil {
		t.Fatal(err)
	}
	alone(t, "AWS_ENDPOINT_URL="+server.URL, "AWS_CA_BUNDLE="+bundle)
	config, err := awsconf.Load(t.Context(), slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	for i := range 20 {
		scope := target.Scope{Partition: "aws", Account: fmt.Sprintf("%012d", 100000000000+i), Region: region}
		if _, err := awsconf.NewClients(config, scope, unpaced).Logs.DescribeLogGroups(t.Context(), &cloudwatchlogs.DescribeLogGroupsInput{}); err != nil {
			t.Fatal(err)
		}
	}
	if got := opened.Load(); got > 2 {
		t.Errorf("got %d connections for one request after the other, want one", got)
	}
}

// AWS_MAX_ATTEMPTS goes all the way from the environment to both services.
func TestLoadHonoursMaxAttempts(t *testing.T) {
	for setting, want := range map[string]int{"": 8, "3": 3, "12": 12} {
		t.Run("AWS_MAX_ATTEMPTS="+setting, func(t *testing.T) {
			alone(t, "AWS_MAX_ATTEMPTS="+setting)
			config, err := awsconf.Load(t.Context(), slog.New(slog.DiscardHandler))
			if err != nil {
				t.Fatal(err)
			}
			for _, operation := range []string{"AssociateKmsKey", "DescribeKey"} {
				synctest.Test(t, func(t *testing.T) {
					world, key := newWorld(t)
					world.Inject(awsfake.Fault{Kind: awsfake.ServiceUnavailable503})
					config := config
					config.HTTPClient, config.Credentials = world.Client(), identity
					_ = call(t.Context(), awsconf.NewClients(config, home, unpaced), operation, key)
					if got := world.CountCalls(operation); got != want {
						t.Errorf("%s: got %d requests, want %d", operation, got, want)
					}
				})
			}
		})
	}
}

func TestLoadSaysWhatItWasDoing(t *testing.T) {
	alone(t, "AWS_MAX_ATTEMPTS=many")
	if _, err := awsconf.Load(t.Context(), slog.New(slog.DiscardHandler)); err == nil || !strings.Contains(err.Error(), "loading the AWS SDK's configuration") {
		t.Errorf("got %v, want an error that says what was being done", err)
	}
}

// What the SDK has to say by itself goes to the function's log at DEBUG. Left to
// its own logger it would be plain text on standard error, which is no JSON line.
func TestLoadSendsTheSDKsWordsToTheLog(t *testing.T) {
	alone(t)
	var out strings.Builder
	config, err := awsconf.Load(t.Context(), slog.New(slog.NewJSONHandler(&out, &slog.HandlerOptions{Level: slog.LevelDebug})))
	if err != nil {
		t.Fatal(err)
	}
	pool := awsconf.NewClients(config, home, unpaced)
	for name, logger := range map[string]logging.Logger{
		"configuration": config.Logger, "CloudWatch Logs": pool.Logs.Options().Logger, "KMS": pool.KMS.Options().Logger,
	} {
		out.Reset()
		logger.Logf(logging.Warn, "attempt %d of %s", 3, name)
		var line struct{ Level, Msg, Says string }
		if err := json.Unmarshal([]byte(out.String()), &line); err != nil {
			t.Errorf("%s: got %q, want a line of JSON: %v", name, out.String(), err)
			continue
		}
		if line.Level != "DEBUG" || line.Msg != "AWS SDK" || line.Says != "attempt 3 of "+name {
			t.Errorf("%s: got %+v, want the SDK's words at DEBUG", name, line)
		}
	}
}
