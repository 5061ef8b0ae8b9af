package main

import (
	"fmt"
	"strings"
	"time"

	"log-group-kms/internal/awsfake"
	"log-group-kms/tests/alarms"
)

// account makes the account as it was before the stack.
func (s *story) account() *awsfake.World {
	world := awsfake.New(alarms.Account)
	for alias, id := range map[string]string{"alias/logs": defaultKey, "alias/payments": paymentsKey, "alias/ledger": ledgerKey, "alias/former": formerKey} {
		world.AddAlias("", alarms.Region, alias, world.AddKey(awsfake.Key{ID: id, Region: alarms.Region}))
	}
	stored := 0
	put := func(name, key string, months int) {
		stored = (stored*7 + 250_000_007) % 4_000_000_007 // bytes; no two log groups are alike
		if key != "" {
			key = s.arn(key)
		}
		s.born[name] = deployed.AddDate(0, -months, 0)
		world.PutLogGroup("", alarms.Region, awsfake.LogGroup{Name: name, KMSKeyARN: key, StoredBytes: stored, Created: time.Now().AddDate(0, -months, 0)})
	}
	for i, service := range strings.Fields("orders invoices refunds search mail users stock reports images prices carts-v1 login") {
		for j, part := range []string{"api", "worker", "events"} {
			key := defaultKey
			if (i+j)%4 == 0 {
				key = "" // nobody has thought of it
			}
			put(fmt.Sprintf("/aws/lambda/%s-%s", service, part), key, 2+i)
			put(fmt.Sprintf("/ecs/%s/%s", service, part), defaultKey, 1+i)
		}
	}
	for i, part := range strings.Fields("api worker cards transfers fraud webhooks exports mail") {
		put("/ecs/payments/"+part, paymentsKey, 3+i)
		put("/app/ledger/"+part, ledgerKey, 2+i)
	}
	for i, name := range []string{"/app/legacy/batch", "/app/legacy/reports", "/app/legacy/web"} {
		put(name, formerKey, 20+i)
	}
	put("/tmp/load-test", "", 1)
	return world
}
