package cli_test

import (
	"context"
	"encoding/json"
	"testing"
	"time"

	"log-group-kms/internal/awsfake"
	"log-group-kms/tests/golden"
)

// deploy puts the golden stack into a World, with a function that answers what it is
// configured by.
func deploy(t *testing.T, world *awsfake.World, configuration map[string]string) {
	t.Helper()
	payload, err := json.Marshal(map[string]any{"action": "check", "account": golden.Account, "region": golden.Region, "checks": []any{}, "configuration": configuration})
	if err != nil {
		t.Fatal(err)
	}
	deployAnswering(world, awsfake.Invoked{Payload: payload})
	world.DeleteLogGroup("", golden.Region, "/aws/lambda/"+golden.StackName) // the stack's own would only be one more
}

func deployAnswering(world *awsfake.World, answer awsfake.Invoked) {
	golden.Deploy(world, golden.Live{Ago: 48 * time.Hour, Invoke: func(context.Context, []byte) (awsfake.Invoked, error) { return answer, nil }})
}
